"""The whole corpus of bad geodata goes through the limited child: nothing escapes or hangs."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from layers.gate.sentences import SENTENCES
from layers.ingest import sandbox
from layers.ingest.account import Account
from layers.ingest_child.request import Request
from tests.badgeo import FOLDER, WANTED, BadFile, corpus

ROOT = Path(__file__).resolve().parents[2]
SECONDS = sandbox.WALL_S  # the 30 s of CPU are held by the child's own limit


def faults_of(bad: BadFile) -> list[str]:
    """What went wrong with one file, in the words of the corpus's judge."""
    begun = time.monotonic()
    with sandbox.opened(bad.path, Request(bad.format, outer_box=(128, -4, 129, -3))) as outcome:
        account = Account.of(outcome.report)
        log = (outcome.folder / "child.log").read_text(errors="replace")
    faults = [] if account.status in WANTED.get(bad.expect, {account.status}) else [account.status]
    if time.monotonic() - begun > SECONDS:
        faults.append("too slow")
    if "Traceback" in log:
        faults.append(log[-300:])
    if account.status != "accepted" and not account.errors:
        faults.append("no reason")
    if account.accepted + account.rejected != account.rows:
        faults.append("rows do not add up")
    if bad.expect == "repair" and account.status == "accepted" and not account.repaired:
        faults.append("repaired in silence")
    told = [*account.errors, *account.warnings]
    faults += [f"no sentence for {one.code}" for one in told if one.code not in SENTENCES]
    faults += [f"unclean line: {one.line()!r}" for one in told if not one.line().isprintable()]
    return [f"{bad.name}: {fault}" for fault in faults]


@pytest.fixture
def loopback():
    """Hears connections to the port at which the corpus points; None where only root may."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(("127.0.0.1", 9))
        except OSError:
            yield None
            return
        server.listen(64)
        server.setblocking(False)
        yield server


@pytest.mark.slow
@pytest.mark.xdist_group("judge: ours")
def test_every_bad_file_ends_as_the_corpus_expects(loopback):
    before = set(Path("/tmp").glob("badgeo*"))
    with ThreadPoolExecutor(2) as pool:
        faults = [fault for found in pool.map(faults_of, corpus()) for fault in found]
    assert faults == []
    assert set(Path("/tmp").glob("badgeo*")) == before
    if loopback is not None:
        with pytest.raises(BlockingIOError):
            loopback.accept()


@pytest.mark.slow
@pytest.mark.xdist_group("judge: its own")
@pytest.mark.parametrize("part", ["generated/raster", "generated/gpkg", "generated/shapefile/b"])
def test_the_judge_itself_passes_the_command(part):
    corpus()
    manage = [sys.executable, str(ROOT / "manage.py"), "import_check", "{file}"]
    command = [*manage, "--format", "{format}", "--json"]
    judge = [sys.executable, str(FOLDER / "judge.py"), "--only", part, "--", *command]
    done = subprocess.run(judge, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout
