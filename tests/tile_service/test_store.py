"""The store on disk: whole answers or none, never another key's, within its bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from tile_service.serve import store as stores
from tile_service.serve import writer as writers
from tile_service.serve.cache import Kept
from tile_service.serve.store import Store
from tile_service.serve.writer import Writer

KEY = ("origin", "streets", "public", "v1", 7, 12, 1, 2, None)
OTHER = ("origin", "streets", "staff", "v1", 7, 12, 1, 2, None)
KEPT = Kept(b"0123456789" * 30, rows=3, cut=True, encoded={"gzip": b"abc", "br": b"de"})


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "tiles", most_bytes=1_000_000)


def test_what_was_kept_is_found_by_another_process_and_by_no_other_key(store, tmp_path):
    store.put(KEY, KEPT)
    again = Store(tmp_path / "tiles", most_bytes=1_000_000)
    assert again.get(KEY) == KEPT
    assert again.get(OTHER) is None
    assert oct(store.path(KEY).stat().st_mode)[-3:] == "600"


def test_a_file_in_anothers_place_is_a_miss_and_is_removed(store):
    store.put(KEY, KEPT)
    store.path(OTHER).parent.mkdir(parents=True, exist_ok=True)
    store.path(OTHER).write_bytes(store.path(KEY).read_bytes())
    assert store.get(OTHER) is None
    assert not store.path(OTHER).exists()


@pytest.mark.parametrize("keep_bytes", [0, 3, 20, 100, -1])
def test_a_spoilt_file_is_a_miss(store, keep_bytes):
    store.put(KEY, KEPT)
    whole = store.path(KEY).read_bytes()
    store.path(KEY).write_bytes(whole[:keep_bytes])
    assert store.get(KEY) is None
    store.put(KEY, KEPT)
    edited = bytearray(whole)
    edited[-1] ^= 1
    store.path(KEY).write_bytes(bytes(edited))
    assert store.get(KEY) is None


def test_the_store_keeps_its_bound_and_drops_what_was_used_least(tmp_path):
    store = Store(tmp_path, most_bytes=100 * stores.BLOCK_BYTES)
    for number in range(150):
        store.put(("key", number), KEPT)
        told = time.time() - 10_000 + number
        os.utime(store.path(("key", number)), (told, told))
    kept = [number for number in range(150) if store.has(("key", number))]
    assert len(kept) <= 105  # a twentieth more may be written between two sweeps
    assert kept[-1] == 149
    assert kept[0] > 0


def test_a_sweep_removes_what_a_crash_left_half_written(store):
    store.put(KEY, KEPT)
    half = store.path(KEY).with_name("half.1.2.new")
    half.write_bytes(b"x")
    store.sweep()
    assert half.exists()  # it may be in the making
    os.utime(half, (1, 1))
    store.sweep()
    assert not half.exists() and store.has(KEY)


def test_a_disk_that_refuses_costs_the_answer_and_nothing_else(tmp_path):
    blocked = tmp_path / "tiles"
    blocked.write_text("a file where the folder should be")
    store = Store(blocked, most_bytes=1_000_000)
    store.put(KEY, KEPT)
    assert store.get(KEY) is None
    claim = store.claim(KEY)
    assert claim is not None
    claim.release()


def test_one_claim_at_a_time_and_the_next_has_it_afterwards(store):
    first = store.claim(KEY)
    assert first is not None
    assert store.claim(KEY) is None
    assert store.claim(OTHER) is not None
    first.release()
    second = store.claim(KEY)
    assert second is not None
    second.release()


def test_a_killed_process_frees_its_claim(store):
    code = (
        "import sys, time, pathlib; from tile_service.serve.store import Store;"
        f"c = Store(pathlib.Path({str(store.folder)!r}), 1000000).claim({KEY!r});"
        "print(c is not None, flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    try:
        assert child.stdout.readline() == b"True\n"
        assert store.claim(KEY) is None
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait(5)
        child.stdout.close()
    assert store.claim(KEY) is not None


def test_two_stores_of_one_process_keep_each_other_out(store):
    other = Store(store.folder, most_bytes=1_000_000)
    first = store.claim(KEY)
    assert first is not None
    assert other.claim(KEY) is None
    first.release()
    assert other.claim(KEY) is not None
    assert not list(store.folder.glob("??"))  # a claim is no file of its own


def test_the_writer_gives_a_claim_back_once_the_answer_is_there(store):
    writer, other = Writer(store), Store(store.folder, most_bytes=1_000_000)
    writer.add(KEY, KEPT, store.claim(KEY))
    ends = time.monotonic() + 5
    while (claim := other.claim(KEY)) is None:
        assert time.monotonic() < ends
        time.sleep(0.001)
    assert other.get(KEY) == KEPT
    claim.release()
    writer.stop()


def test_a_writer_that_cannot_follow_gives_the_claim_back_at_once(store, monkeypatch):
    monkeypatch.setattr(writers, "MOST_WAITING", 0)
    Writer(store).add(KEY, KEPT, store.claim(KEY))
    claim = store.claim(KEY)
    assert claim is not None and not store.has(KEY)
