"""Parts counted by two workers of dask.distributed: the digest of one run, whatever dies."""

from __future__ import annotations

import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import dask
import pytest

from spatial_analysis.means import NotInside, SpreadFailed, checked_address
from spatial_analysis.spread import counted_by, crew
from tests.spatial_analysis.parts_town import (
    EPSG,
    PLAN,
    counted,
    kill_always,
    made_rows,
    mark_of,
    wait_once,
    write_town,
)

FEW_DEATHS = {"distributed.scheduler.allowed-failures": 1}
ROWS = made_rows(6000)


@pytest.fixture(scope="module")
def workers():
    """Two workers with nannies."""
    with dask.config.set(FEW_DEATHS), crew("2") as client:
        yield client


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """The folder of parts, its parts, and the digest of a run without any worker."""
    folder = tmp_path_factory.mktemp("town")
    parts = write_town(folder, ROWS, lots=2).parts
    return folder, parts, mark_of(PLAN, folder / "one", counted(PLAN, folder, parts))


def test_two_workers_give_the_digest_of_one_run(workers, town, tmp_path):
    folder, parts, single = town
    spread = list(counted_by(workers, PLAN, folder, parts[::-1], EPSG))
    assert mark_of(PLAN, tmp_path / "two", spread) == single
    turned = ROWS.take(ROWS.x_mm.argsort())
    otherwise = write_town(tmp_path / "split", turned, lots=3).parts
    assert len(otherwise) != len(parts)
    again = list(counted_by(workers, PLAN, tmp_path / "split", otherwise, EPSG))
    assert mark_of(PLAN, tmp_path / "three", again) == single


def kill_the_second(client, town, tmp_path) -> None:
    folder, parts, single = town
    (folder / "wait-at").write_text(parts[1].path)
    for name in ("go", "who"):
        (folder / name).unlink(missing_ok=True)
    with ThreadPoolExecutor(1) as thread:
        run = thread.submit(
            lambda: list(counted_by(client, PLAN, folder, parts, EPSG, work=wait_once))
        )
        while not (folder / "who").exists() and not run.done():
            time.sleep(0.02)
        if not run.done():
            os.kill(int((folder / "who").read_text()), signal.SIGKILL)
            (folder / "go").touch()
        found = run.result()
    assert sorted(part.path for part, _ in found) == sorted(part.path for part in parts)
    assert mark_of(PLAN, tmp_path / "killed", found) == single
    assert (folder / "go").exists(), "nobody was killed"


def test_a_killed_worker_changes_nothing(workers, town, tmp_path):
    kill_the_second(workers, town, tmp_path)


def test_a_killed_worker_that_stays_dead_changes_nothing(town, tmp_path):
    with crew("2", nanny=False) as client:
        kill_the_second(client, town, tmp_path)
        assert len(client.scheduler_info()["workers"]) == 1


def test_a_part_that_always_kills_fails_aloud_and_is_counted_when_asked_again(
    workers, town, tmp_path
):
    folder, parts, single = town
    (folder / "kill-at").write_text(parts[2].path)
    with pytest.raises(SpreadFailed, match=parts[2].path):
        list(counted_by(workers, PLAN, folder, parts, EPSG, work=kill_always))
    again = list(counted_by(workers, PLAN, folder, parts, EPSG))
    assert mark_of(PLAN, tmp_path / "again", again) == single


def test_the_scheduler_stays_inside(workers):
    assert workers.scheduler.address.startswith("tcp://127.0.0.1:")
    workers.wait_for_workers(2)
    seen = workers.run(lambda: (dict(os.environ), "django" in sys.modules))
    for address, (environment, django) in seen.items():
        assert address.startswith("tcp://127.0.0.1:")
        logins = [name for name in environment if "DATABASE" in name or name.startswith("PG")]
        assert (logins, django, "SECRET_KEY" in environment) == ([], False, False)
    for outside in ("tcp://10.0.0.5:8786", "10.0.0.5:8786", "ws://127.0.0.1:1", "0"):
        with pytest.raises(NotInside):
            checked_address(outside)
    assert checked_address("tls://10.0.0.5:8786")
