"""`make smoke`: whether a deployed system does what it should, and refuses what it should."""

import argparse
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy.environments import read_environments
from deploy.errors import DeployError, PlacesUnknown, SignInFailed
from deploy.smoke import checks
from deploy.smoke.calls import Caller
from deploy.smoke.checks import Seen, Trial
from deploy.smoke.places import Places, from_outputs, from_stack_line
from deploy.smoke.sign_in import sign_in

OUTPUTS: Final = Path("build/outputs.json")


def main(arguments: Sequence[str]) -> int:
    """Makes all checks; 1 if one failed."""
    chosen = _parser().parse_args(arguments)
    try:
        places = _places(chosen)
        token = _token(chosen.token_file) if chosen.token_file else sign_in(places, _show)
        gateway_token = _token(chosen.gateway_token_file) if chosen.gateway_token_file else None
    except DeployError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    failed = 0
    _say(Seen("sign-in", "ok", "there is a token for the coach"))
    with Caller() as caller:
        for seen in checks.run(Trial(places, caller, token, gateway_token)):
            _say(seen)
            failed += seen.outcome == "FAILED"
    sys.stdout.write(f"{failed or 'none'} failed\n")
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.smoke", description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--environment", help=f"deployed with make deploy, which wrote {OUTPUTS}")
    where.add_argument(
        "--stack", metavar="FILE", help="a stack on this computer: what coach up --json printed; - reads it"
    )
    parser.add_argument("--outputs", type=Path, default=OUTPUTS, help="of the deployment (default: %(default)s)")
    parser.add_argument(
        "--token-file", type=Path, help="a person's token for the coach; without it a browser is opened"
    )
    parser.add_argument("--gateway-token-file", type=Path, help="a program's token for the gateway, to see its list")
    return parser


def _places(chosen: argparse.Namespace) -> Places:
    if chosen.stack == "-":
        return from_stack_line(sys.stdin.read())
    if chosen.stack:
        return from_stack_line(_read(Path(chosen.stack)))
    return from_outputs(_read(chosen.outputs), read_environments().named(chosen.environment))


def _token(path: Path) -> str:
    token = _read(path)
    if not token.isascii() or len(token.split()) != 1:
        raise SignInFailed(f"{path} does not hold one token")
    return token


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise PlacesUnknown(f"{path} cannot be read: {error.strerror}") from error


def _show(url: str) -> None:
    sys.stderr.write(f"Sign in at {url}\n")
    webbrowser.open(url)


def _say(seen: Seen) -> None:
    sys.stdout.write(f"{seen}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
