"""`python -m deploy.packaging [--platform PLATFORM] [--out FOLDER] [NAME …]`: builds packages, prints their sizes."""

import argparse
import sys
from pathlib import Path

from deploy.errors import DeployError
from deploy.packaging.build import build_all
from deploy.packaging.plan import ARM64, MACHINES, MEBIBYTE, packages


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.packaging")
    parser.add_argument("--platform", choices=sorted(MACHINES), default=ARM64)
    parser.add_argument("--out", type=Path, default=Path("build/packages"))
    parser.add_argument("names", nargs="*", help="packages; all of them without a name")
    given = parser.parse_args()
    chosen = [package for package in packages() if not given.names or package.name in given.names]
    try:
        built = build_all(chosen, given.out, given.platform)
    except DeployError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for one in built:
        zipped, unpacked = one.zipped_bytes / MEBIBYTE, one.unpacked_bytes / MEBIBYTE
        sys.stdout.write(f"{one.name:18} {zipped:6.1f} MB {unpacked:6.1f} MB unpacked  {one.sha256[:16]}\n")
    if not all(one.bytecode for one in built):
        sys.stdout.write("Without bytecode: there is no Python 3.13 on this machine.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
