"""COACH_HOME belongs to its owner alone, and keeps its port and its secrets."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gateway_config.model import read_hops
from local_agentcore.blueprint import open_home
from local_agentcore.errors import HomeUnsafe, PortFixed
from local_agentcore.home import prepare, write_private
from local_agentcore.keys import load_or_make, sign_in_key
from tests.support.running_stack import free_ports


def test_every_folder_of_a_new_home_is_private(tmp_path: Path) -> None:
    prepare(tmp_path / "home")
    folders = [tmp_path / "home", *(path for path in (tmp_path / "home").rglob("*") if path.is_dir())]
    assert len(folders) == 8
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}


def test_the_stacks_own_start_makes_a_home_that_it_accepts(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    program = (
        "import os, sys, pathlib; from local_agentcore.home import prepare;"
        "from local_agentcore.stack import log_to_file;"
        "os.umask(0o022); home = pathlib.Path(sys.argv[1]); log_to_file(home, 'stack'); prepare(home)"
    )
    command = [sys.executable, "-c", program, str(home)]
    started = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=os.environ)
    assert started.returncode == 0, started.stderr
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "logs" / "stack.log").stat().st_mode) == 0o600


def test_a_home_that_others_can_read_is_refused_with_the_way_to_mend_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    home.chmod(0o755)
    with pytest.raises(HomeUnsafe, match="chmod 700"):
        prepare(home)


def test_a_home_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "home").symlink_to(tmp_path / "real")
    with pytest.raises(HomeUnsafe):
        prepare(tmp_path / "home")


def test_a_private_file_is_written_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret.json"
    write_private(path, b"one")
    write_private(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_second_start_finds_the_same_secrets_and_adds_those_of_new_workloads(tmp_path: Path) -> None:
    hops = read_hops()
    first = load_or_make(tmp_path, hops)
    stored = json.loads((tmp_path / "vault-keys.json").read_text("utf-8"))
    del stored["mcp-routes"]
    (tmp_path / "vault-keys.json").write_text(json.dumps(stored), encoding="utf-8")
    second = load_or_make(tmp_path, hops)
    assert second.client_secrets == first.client_secrets
    assert second.access_keys["coach"] == first.access_keys["coach"]
    assert second.access_keys["mcp-routes"] != first.access_keys["mcp-routes"]
    assert set(first.access_keys) == {"front", "operator", "consent-return", "program", "coach", "gateway"} | {
        f"mcp-{team}" for team in ("activities", "routes", "socials", "support")
    }


def test_a_sign_in_key_is_made_once_and_only_its_public_half_is_returned(tmp_path: Path) -> None:
    first = sign_in_key(tmp_path, "maya")
    assert sign_in_key(tmp_path, "maya") == first
    assert "d" not in first
    assert stat.S_IMODE((tmp_path / "maya.pem").stat().st_mode) == 0o600


def test_a_home_keeps_the_port_that_its_issuer_names(tmp_path: Path) -> None:
    base = free_ports().base
    made = open_home(tmp_path / "home", base)
    assert open_home(tmp_path / "home", None).issuer == made.issuer
    with pytest.raises(PortFixed, match=f"--port {base}"):
        open_home(tmp_path / "home", base + 100)
