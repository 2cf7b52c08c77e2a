"""detect-secrets over every file of the repository, against what was read once and is none.

Texts that look like a secret by their name or their disorder are looked for in code and configuration alone: tests
are full of throw-away ones, templates of digests, and of secrets in templates `identity.secrets_are_not_written_down`
knows more. What has the form of a key or a token is looked for everywhere.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from deploy.checks.findings import Finding
from deploy.programs import OWN, ROOT, committed_files, output_of

CHECK: Final = "detect-secrets"
BASELINE: Final = Path(__file__).with_name("secrets.baseline.json")
_BY_LOOKS: Final = ("Base64HighEntropyString", "HexHighEntropyString", "KeywordDetector")
#: Hashes of packages, and the baseline itself.
_HASHES: Final = ("uv.lock", "requirements/", "package-lock.json", "requirements.txt", BASELINE.name)
_BY_FORM_ALONE: Final = ("tests/", "deploy/templates/", "deploy/checks/iam/")

#: File to what is in it: kind and SHA-1, as detect-secrets writes them.
Found = dict[str, list[tuple[str, str]]]


def secrets() -> Iterator[Finding]:
    """What is not in the baseline, and what of it is gone."""
    known: Found = {
        name: [(kind, digest) for kind, digest in listed]
        for name, listed in json.loads(BASELINE.read_text(encoding="utf-8")).items()
    }
    yield from _differences(scanned(committed_files()), known)


def scanned(files: Sequence[str], *, root: Path = ROOT) -> Found:
    """What detect-secrets finds, without asking anybody whether it is valid."""
    looked_at = [file for file in files if not file.endswith(_HASHES) and not file.startswith(_HASHES)]
    by_form = [file for file in looked_at if file.startswith(_BY_FORM_ALONE)]
    others = [file for file in looked_at if not file.startswith(_BY_FORM_ALONE)]
    without = [word for name in _BY_LOOKS for word in ("--disable-plugin", name)]
    return _scan(others, [], root) | _scan(by_form, without, root)


def write_baseline() -> None:
    """Takes what is found for read; a reviewer sees the difference."""
    found = dict(sorted(scanned(committed_files()).items()))
    BASELINE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _scan(files: Sequence[str], options: Sequence[str], root: Path) -> Found:
    if not files:
        return {}
    program = [str(OWN / "detect-secrets"), "scan", "--all-files", "--no-verify", *options, *files]
    report = json.loads(output_of(program, folder=root))
    return {
        name: sorted({(each["type"], each["hashed_secret"]) for each in found})
        for name, found in report["results"].items()
    }


def _differences(found: Found, known: Found) -> Iterator[Finding]:
    for name, each in sorted(found.items()):
        for kind, digest in each:
            if (kind, digest) not in known.get(name, ()):
                yield Finding(CHECK, name, f"this looks like a secret ({kind}, SHA-1 {digest})")
    for name, each in sorted(known.items()):
        for kind, digest in each:
            if (kind, digest) not in found.get(name, ()):
                yield Finding(CHECK, name, f"the baseline names what is gone ({kind}, SHA-1 {digest})")
