"""The argument parser of `coach`: names, flags and help texts, nothing else."""

import argparse
import sys
from collections.abc import Callable

from agent.terminal.late import late

TEAMS = ("activities", "routes", "socials", "support")


def parser() -> argparse.ArgumentParser:
    """The whole command line. argparse itself ends with exit code 2 on a usage error, as the contract wants."""
    root = argparse.ArgumentParser(
        prog="coach",
        description="A fitness coach that answers from your own activities.",
        epilog="Exit codes: 0 answered, 1 failed, 2 usage, 3 consent or approval needed and none could be asked "
        "for, 4 not signed in, 130 interrupted.",
    )
    root.add_argument("--version", action=_Version, nargs=0, help="show the version and end")
    commands = root.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (text, add_flags) in _COMMANDS.items():
        add_flags(commands.add_parser(name, help=text, description=text))
    return root


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        sys.stdout.write(f"{parser.prog} {late('version', 'installed_version')()}\n")
        sys.stdout.flush()  # here, where a failure can still be told
        parser.exit()


def _chat(command: argparse.ArgumentParser) -> None:
    _athlete(command)
    resume = command.add_mutually_exclusive_group()
    resume.add_argument(
        "--continue", dest="resume_last", action="store_true", help="go on with the last session (comes later)"
    )
    resume.add_argument("--resume", metavar="ID", help="go on with this session (comes later)")


def _ask(command: argparse.ArgumentParser) -> None:
    command.add_argument("question", nargs="+", metavar="QUESTION", help="the question; - reads standard input")
    _athlete(command)
    _json(command, "one JSON event a line")
    command.add_argument("--session", metavar="ID", help="session to go on with, a UUID")
    approval = command.add_mutually_exclusive_group()
    approval.add_argument("--yes", action="store_true", help="approve tool calls; never consents")
    approval.add_argument("--no-input", action="store_true", help="never ask; exit 3 if something must be asked")


def _import(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "paths", nargs="+", metavar="PATH", help="FIT, GPX, TCX (.gz), a folder, a Strava or Garmin export"
    )
    _athlete(command)
    command.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")
    _json(command, "one import_done line")


def _login(command: argparse.ArgumentParser) -> None:
    way = command.add_mutually_exclusive_group()
    way.add_argument("--browser", action="store_true", help="sign in on the login page")
    way.add_argument("--device", action="store_true", help="sign in on another device, by a code")


def _whoami(command: argparse.ArgumentParser) -> None:
    _json(command, "one JSON object")


def _profile(command: argparse.ArgumentParser) -> None:
    text = "such as max_heartrate_bpm=190; KEY= takes it back, measured=max_heartrate_bpm,lthr_bpm marks tests"
    command.add_argument("changes", nargs="*", metavar="KEY=VALUE", help=text)
    _athlete(command)
    _json(command, "one JSON object")


def _token(command: argparse.ArgumentParser) -> None:
    audiences = ("agent", "gateway", *TEAMS)
    text = "whom the token is for, agent by default"
    command.add_argument("--for", dest="audience", choices=audiences, default="agent", help=text)
    _athlete(command)


def _clients(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="register a client; its secret is shown once")
    add.add_argument("name", metavar="NAME", help="for people to read when it asks for their consent")
    add.add_argument("--grant", action="append", required=True, metavar="GRANT", help="for example client_credentials")
    add.add_argument("--scope", action="append", required=True, metavar="SCOPE", help="for example activities/read")
    add.add_argument("--resource", action="append", metavar="URL", help="server that it may reach; all by default")
    add.add_argument("--redirect-uri", action="append", metavar="URI", help="needed for authorization_code")
    _json(add, "one JSON object")
    _json(actions.add_parser("list", help="every client, without secrets"), "one JSON object")
    actions.add_parser("remove", help="end a client").add_argument("client_id", metavar="ID")


def _accounts(command: argparse.ArgumentParser) -> None:
    command.add_argument("action", nargs="?", choices=("disconnect",), help="take back what was allowed")
    command.add_argument("provider", nargs="?", metavar="PROVIDER", help="as the list names it")
    _athlete(command)
    _json(command, "one JSON object")


def _forget(command: argparse.ArgumentParser) -> None:
    command.add_argument("--athlete", metavar="NAME", required=True, help="whose account")


def _keys(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "action", choices=("rotate",), help="make new ones; the old ones go on until nothing needs them"
    )


def _up(command: argparse.ArgumentParser) -> None:
    command.add_argument("--port", metavar="N", help="base port (8700)")
    command.add_argument("--processes", action="store_true", help="one process per part, restarted when it dies")
    command.add_argument("--only", metavar="PART", help="with --processes: this part alone")
    _json(command, "first one line of endpoints")


def _env(command: argparse.ArgumentParser) -> None:
    command.add_argument("--workload", metavar="NAME", help="as this workload instead of as the operator")


def _trace(command: argparse.ArgumentParser) -> None:
    command.add_argument("turn", nargs="?", metavar="ID", help="turn to show; the last one by default")
    _json(command, "one JSON object")


def _config(command: argparse.ArgumentParser) -> None:
    command.add_argument("action", choices=("lint",), help="look for what is wrong, without starting anything")
    command.add_argument("--target", choices=("aws",), help="also for what AWS would refuse")
    _json(command, "one JSON object")


def _policy(command: argparse.ArgumentParser) -> None:
    command.add_argument("action", choices=("explain",), help="say what would be decided about a call, and why")
    command.add_argument("tool", metavar="TOOL", help="such as routes___search_routes, or search_routes")
    command.add_argument("--arguments", metavar="JSON", default="{}", help="of the call; none by default")
    text = "as if this client asked; the coach by default"
    command.add_argument("--client", metavar="ID", default="coach-exchange", help=text)
    text = "as if the token had these scopes instead of the athlete's; may be repeated"
    command.add_argument("--scope", action="append", metavar="SCOPE", help=text)
    command.add_argument("--group", action="append", metavar="NAME", help="as if the athlete were in these groups")
    _athlete(command)
    _json(command, "one JSON object")


def _tools(command: argparse.ArgumentParser) -> None:
    command.add_argument("action", nargs="?", choices=("accept",), help="offer these tools as they are now")
    command.add_argument("tools", nargs="*", metavar="TOOL", help="names as the list has them")
    _athlete(command)
    _json(command, "one JSON object")


def _nothing(_command: argparse.ArgumentParser) -> None:
    pass


def _athlete(command: argparse.ArgumentParser) -> None:
    command.add_argument("--athlete", metavar="NAME", help="act as this athlete")


def _json(command: argparse.ArgumentParser, text: str) -> None:
    command.add_argument("--json", action="store_true", help=f"print {text}")


_COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "chat": ("talk with the coach; one question a line when input is not a terminal", _chat),
    "ask": ("ask one question", _ask),
    "import": ("import activities from files, folders, or an export of Strava or Garmin", _import),
    "login": ("sign in", _login),
    "logout": ("end the session on this computer", _nothing),
    "whoami": ("say who is signed in", _whoami),
    "profile": ("show the athlete's own settings and where they are from, or change them", _profile),
    "token": ("print an access token for one audience (local pools only)", _token),
    "clients": ("register other agents' clients (local pools only)", _clients),
    "accounts": ("list the connected accounts, or disconnect one", _accounts),
    "forget": ("delete an athlete's account and the keys to its tokens", _forget),
    "keys": ("rotate the signing keys and the vault's key", _keys),
    "up": ("run the whole stack until Ctrl-C", _up),
    "env": ("print export lines that point an AWS SDK at the running stack", _env),
    "trace": ("show the last turn: who called what, as whom, with which token", _trace),
    "config": ("check gateway_config/: gateway, targets, policies, providers and hops", _config),
    "policy": ("say which policy decides about a tool call, and why", _policy),
    "tools": ("list the gateway's tools and which of them wait to be accepted, or accept some", _tools),
    "doctor": ("say what is configured, reachable and out of date", _whoami),
}
