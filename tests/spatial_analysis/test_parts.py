"""Parts: what is lost, doubled, changed or mixed is refused; tallies add up in any order."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from arro3.io import read_parquet

from spatial_analysis.methods.heat_bins import UNIT
from spatial_analysis.methods.weights import contiguity, with_self
from spatial_analysis.partitions import (
    BadParts,
    Manifest,
    checked_manifest,
    read_manifest,
    read_part,
)
from spatial_analysis.tally import CELL_BITS, ground_of, reporter_mark, tally
from spatial_analysis.tally_store import DoubledReport, Store
from tests.spatial_analysis.parts_town import (
    CODES,
    DAYS,
    EPSG,
    FIRST_DAY,
    PLAN,
    counted,
    made_rows,
    mark_of,
    write_town,
)

ROWS = made_rows(900)


def check(folder) -> Manifest:
    return checked_manifest(folder, city="toy", epsg=EPSG)


def test_a_part_is_geoparquet_for_other_readers_and_gives_back_its_rows(tmp_path):
    part = write_town(tmp_path, ROWS).parts[3]
    foot = read_parquet(tmp_path / part.path).schema.metadata
    assert json.loads(foot[b"geo"])["columns"]["geometry"]["encoding"] == "WKB"
    back = read_part(tmp_path, part, CODES, EPSG)
    (month,) = set(np.array(back.day, dtype="datetime64[D]").astype("datetime64[M]").astype(str))
    assert part.path == f"city=toy/island={part.island}/month={month}/part-00003.parquet"
    known = ROWS.take(np.isin(ROWS.id, back.id))
    for name in asdict(known):
        assert (getattr(back, name) == getattr(known, name)).all(), name


def test_what_is_counted_can_be_added_up_by_hand():
    one = tally(PLAN, ROWS)
    now = (ROWS.day >= FIRST_DAY) & (ROWS.day < FIRST_DAY + DAYS)
    asked = now & (ROWS.category != "noise") & (ROWS.island >= 0)
    assert one.figures[:2].tolist() == [len(ROWS), asked.sum()]
    assert one.by_day.sum() == asked.sum()
    assert one.cube_counts.sum() == asked.sum()
    assert one.heat_counts.sum() == UNIT * (asked.sum() - one.figures[4])
    for lone, voices in zip(one.lone, one.voices, strict=True):
        assert lone.sum() == (asked & (ROWS.reporter == 0)).sum()
        assert 0 < len(voices) <= (asked & (ROWS.reporter > 0)).sum()


def test_tallies_of_parts_are_the_tally_of_the_whole_in_any_order(tmp_path):
    parts = write_town(tmp_path, ROWS, lots=3).parts
    single = mark_of(PLAN, tmp_path / "a", counted(PLAN, tmp_path, parts))
    assert mark_of(PLAN, tmp_path / "b", counted(PLAN, tmp_path, parts[::-1])) == single
    whole = write_town(tmp_path / "whole", ROWS).parts
    assert mark_of(PLAN, tmp_path / "c", counted(PLAN, tmp_path / "whole", whole)) == single
    moved = replace(ROWS, x_mm=ROWS.x_mm + (ROWS.id == 7))  # one report, one millimetre
    other = write_town(tmp_path / "moved", moved).parts
    assert mark_of(PLAN, tmp_path / "d", counted(PLAN, tmp_path / "moved", other)) != single


def test_a_lost_doubled_or_changed_part_is_refused(tmp_path):
    parts = write_town(tmp_path, ROWS).parts
    assert check(tmp_path).rows == len(ROWS)
    first = tmp_path / parts[0].path
    content = first.read_bytes()

    twin = first.with_name("part-99999.parquet")
    twin.write_bytes(content)
    with pytest.raises(BadParts, match="not in the manifest"):
        check(tmp_path)
    twin.unlink()

    first.write_bytes(content[:-9] + b"x" + content[-8:])
    with pytest.raises(BadParts, match="changed"):
        read_part(tmp_path, parts[0], CODES, EPSG)

    first.unlink()
    with pytest.raises(BadParts, match="lost"):
        check(tmp_path)
    with pytest.raises(BadParts, match="lost"):
        read_part(tmp_path, parts[0], CODES, EPSG)


def told(store: Store, names: list[str]) -> list:
    sums, near = store.total(PLAN, names), with_self(contiguity(ground_of(PLAN).lattices[0]))
    people = [array.tolist() for array in store.people(names, 0, near)]
    return [sums.cube.keys.tolist(), sums.cube.counts.tolist(), sums.heat.sums.keys.tolist(),
            sums.heat.sums.counts.tolist(), people]  # fmt: skip


def test_joining_few_keys_at_once_gives_what_joining_all_gives(tmp_path):
    parts = counted(PLAN, tmp_path, write_town(tmp_path, ROWS, lots=3).parts)
    plenty, little = Store(tmp_path / "t"), Store(tmp_path / "t", at_once=25)
    for part, one in parts:
        plenty.put(part.name, one)
    names = [part.name for part, _ in parts]
    assert told(little, names) == told(plenty, names)
    stretches = list(little.voices(names, 0))
    assert len(stretches) > 3
    (whole,) = plenty.voices(names, 0)
    assert np.concatenate(stretches).tolist() == whole.tolist()
    reporters = [set((marks >> np.uint64(CELL_BITS)).tolist()) for marks in stretches]
    assert sum(map(len, reporters)) == len(set.union(*reporters))


def test_places_of_a_tally_are_those_of_the_rows_that_were_asked_for(tmp_path):
    store = Store(tmp_path)
    store.put("a", tally(PLAN, ROWS))
    now = (ROWS.day >= FIRST_DAY) & (ROWS.day < FIRST_DAY + DAYS)
    asked = ROWS.take(now & (ROWS.category != "noise") & (ROWS.island >= 0))
    (places,) = store.places(PLAN, ["a"])
    assert np.abs(places - asked.xy).max() < 1e-9


@pytest.mark.parametrize("at_once", [10**6, 50])
def test_a_report_in_two_parts_is_refused(tmp_path, at_once):
    doubled = ROWS.take(np.append(np.arange(len(ROWS)), 5))
    doubled = replace(doubled, day=np.append(ROWS.day, ROWS.day[5] - 31))
    parts = write_town(tmp_path, doubled).parts
    with pytest.raises(DoubledReport, match="report 5"):
        mark_of(PLAN, tmp_path / "a", counted(PLAN, tmp_path, parts), at_once=at_once)


def test_parts_of_another_city_or_frame_and_unfinished_ones_are_refused(tmp_path):
    manifest = write_town(tmp_path, ROWS)
    with pytest.raises(BadParts, match="toy"):
        checked_manifest(tmp_path, city="other", epsg=EPSG)
    with pytest.raises(BadParts, match="EPSG:32651"):
        checked_manifest(tmp_path, city="toy", epsg=32651)
    with pytest.raises(BadParts, match="no GeoParquet of frame"):
        read_part(tmp_path, manifest.parts[0], CODES, 32651)
    manifest.whole = False
    manifest.save(tmp_path)
    with pytest.raises(BadParts, match="not finished"):
        check(tmp_path)
    with pytest.raises(BadParts, match=r"no manifest\.json"):
        read_manifest(tmp_path / "nowhere")


def test_a_tally_comes_back_from_its_file_as_it_was(tmp_path):
    store, one = Store(tmp_path), tally(PLAN, ROWS)
    store.put("a", one)
    assert store.has("a")
    assert not store.has("b")
    back = store.total(PLAN, ["a"])
    assert back.read == len(ROWS)
    assert (back.before == one.before).all()
    assert {name: array.tolist() for name, array in store.get("a").items()} == {
        name: array.tolist() for name, array in one.arrays.items()}  # fmt: skip


def test_nobody_has_no_mark_and_a_mark_tells_nothing_without_the_key():
    assert reporter_mark("", b"k") == 0
    assert reporter_mark("0812", b"k") == reporter_mark("0812", b"k") > 0
    assert reporter_mark("0812", b"k") != reporter_mark("0812", b"other")
