"""The two commands and their siblings explain themselves and refuse with a sentence."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = [ROOT / "run", ROOT / ".ci" / "run", *sorted((ROOT / "setup").glob("*.sh"))]


def bash(*words: str) -> subprocess.CompletedProcess[str]:
    """Run bash on these words, in the root."""
    return subprocess.run(
        ["bash", *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_script_is_sound_bash(script):
    assert bash("-n", str(script)).stderr == ""


def test_help_names_every_command():
    offered = set(re.findall(r"^  ([a-z]+)\)", (ROOT / "run").read_text(), re.MULTILINE))
    told = bash("run", "help").stdout
    assert offered >= {"demo", "test", "lint", "check", "bench", "shell", "reset", "stop"}
    assert [name for name in offered if f"./run {name}" not in told and name != "help"] == []


def test_an_unknown_command_is_refused_with_the_list():
    done = bash("run", "fly")
    assert done.returncode == 1
    assert "fly" in done.stderr and "./run demo" in done.stderr


def test_ci_calls_the_same_command_as_everybody():
    assert "./run test" in (ROOT / ".ci" / "run").read_text()


def without(tool: str, function: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Call a function of the set-up on a machine that lacks `tool`."""
    script = f"""
      set -Eeuo pipefail
      ROOT={ROOT} VAR_DIR=$(mktemp -d) STATE=$VAR_DIR/state
      . setup/words.sh; . setup/machine.sh; . setup/cluster.sh; . setup/parts.sh; . setup/serve.sh
      command() {{ [ "$2" != "{tool}" ] && builtin command "$@"; }}
      id() {{ echo 1000; }}
      {function}
    """
    return subprocess.run(
        ["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip


def test_without_root_or_sudo_one_sentence_says_what_to_type():
    done = without("sudo", "as_root apt-get install bubblewrap")
    assert done.returncode == 1
    assert "su -c 'apt-get install bubblewrap'" in done.stderr


def test_too_little_room_is_told_before_anything_is_written():
    done = without("none", "df() { printf 'h\\nx 1 1 120 1\\n'; }; cd $(mktemp -d); enough_room")
    assert done.returncode == 1
    assert "120 MB free" in done.stderr


def test_stopping_ends_server_and_worker_and_not_just_their_shells(tmp_path):
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho $$ >worker\nexec sleep 60\n")
    python.chmod(0o755)
    (tmp_path / "state").mkdir()
    (tmp_path / "log").mkdir()
    script = f"""
      VAR_DIR=$PWD; . {ROOT}/setup/parts.sh; . {ROOT}/setup/serve.sh
      sleep 60 & SERVER=$!
      start_worker
      until [ -s worker ]; do sleep 0.01; done
      stop_processes
      for one in $SERVER $(cat worker); do
        for wait in $(seq 100); do kill -0 $one 2>/dev/null || continue 2; sleep 0.02; done
        echo "$one lives"
      done
    """
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip
    assert "lives" not in done.stdout and (tmp_path / "worker").exists()


def test_stopping_spares_a_process_that_got_an_old_number(tmp_path):
    script = f"""
      VAR_DIR=$PWD; mkdir -p state; . {ROOT}/setup/serve.sh
      sleep 60 & mine=$!; sleep 60 & other=$!
      {{ known_by $mine; echo "$other:1"; echo "999999999:5"; }} >"$RUNNING"
      stop_processes
      for wait in $(seq 100); do kill -0 $mine 2>/dev/null || break; sleep 0.02; done
      ! kill -0 $mine 2>/dev/null && kill $other && echo spared
    """
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip
    assert done.stdout == "spared\n", done.stderr
