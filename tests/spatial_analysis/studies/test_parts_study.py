"""The heat study from parts: the rows and digest of the database, resumed, spread, or refused."""

from __future__ import annotations

import json
import shutil
from contextlib import nullcontext
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
import shapely
from arro3.core import Array, DataType, Field, Schema, Table
from arro3.io import write_parquet
from django.core.management import CommandError, call_command
from django.db import transaction

from layers.catalog.incident_cells import IncidentCell
from layers.catalog.reports.models import Report
from spatial_analysis import means, spread, study
from spatial_analysis.models import Run, RunState
from spatial_analysis.partitions import GEO, BadParts, read_manifest, read_part
from spatial_analysis.studies import incident_roads, kept_tallies, report_parts, stored_rows
from spatial_analysis.studies.report_parts import Columns, UnfitFile, parts_from_file
from tests.bay import Bay, fill

PERIOD = ("--from", "2026-03-01", "--to", "2026-03-30")
FIGURES = ("cell", "n", "n_before", "window_n", "expected", "p_adjusted", "grade", "stability")


@pytest.fixture(scope="module")
def told(django_db_setup, django_db_blocker):
    """The heap, told once for all tests of this module."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield fill(Bay())
        transaction.set_rollback(True)


@pytest.fixture
def heap(told, db, settings, tmp_path):
    settings.VAR_DIR, settings.RASTER_DIR = tmp_path / "var", tmp_path
    return told


def analyse(*words: str) -> dict:
    out = StringIO()
    call_command("analyse", "incident_heat", *PERIOD, *words, "--json", stdout=out)
    return json.loads(out.getvalue())


def rows() -> list:
    return list(IncidentCell.objects.order_by("cell").values_list(*FIGURES))


def written(folder: Path, *words: str) -> str:
    out = StringIO()
    call_command("report_parts", str(folder), *words, stdout=out)
    return out.getvalue()


def test_parts_spread_over_workers_give_the_rows_and_digest_of_the_database(heap, tmp_path):
    clean = analyse()
    for number in range(30):  # on one point, half of them before another lot of parts is begun
        heap.tell(800, 800, day=number % 29, who=f"tumpuk-{number}")
    single = analyse()
    known = rows()
    assert (single["summary"]["stacked"], single["digest"]) == (30, clean["digest"])
    assert "90 rows" in written(tmp_path / "parts", "--at-once", "20")
    parts = analyse("--parts", str(tmp_path / "parts"))
    assert (parts["digest"], rows()) == (single["digest"], known)
    assert parts["inputs"] | {"source": "database"} == single["inputs"] | {
        "parts": parts["inputs"]["parts"], "resumed": 0}  # fmt: skip
    spread_out = analyse("--parts", str(tmp_path / "parts"), "--spread", "2")
    assert (spread_out["digest"], rows()) == (single["digest"], known)
    for told in (parts, spread_out):
        for name in ("stacked", "stacks", "aside", "pile_least", "pile_busy", "pile_judged"):
            assert told["summary"][name] == single["summary"][name], name
        assert told["inputs"]["piles"] == single["inputs"]["piles"] != clean["inputs"]["piles"]


def test_measures_made_of_reports_are_the_same_from_parts(heap, tmp_path):
    heap.scatter(30, (0, 0, 3000, 3000), seed=9, category="air-bersih")
    written(tmp_path / "parts")
    for words in (("--offset", "reports", "--category", "sampah"),
                  ("--offset", "before", "--from", "2026-03-15")):  # fmt: skip
        single = analyse(*words)
        assert analyse(*words, "--parts", str(tmp_path / "parts"))["digest"] == single["digest"]


def test_a_run_that_was_stopped_goes_on_with_what_was_counted(heap, tmp_path, monkeypatch):
    written(tmp_path / "parts", "--at-once", "20")
    real, calls = incident_roads.read_part, []

    def stops(*given):
        calls.append(given)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*given)

    monkeypatch.setattr(incident_roads, "read_part", stops)
    with pytest.raises(KeyboardInterrupt):
        analyse("--parts", str(tmp_path / "parts"))
    monkeypatch.setattr(incident_roads, "read_part", real)
    again = analyse("--parts", str(tmp_path / "parts"))
    assert again["inputs"]["resumed"] == 2
    assert again["digest"] == analyse()["digest"]


def test_a_run_from_the_database_that_was_stopped_reads_only_what_is_missing_or_changed(
    heap, monkeypatch
):
    whole = analyse()
    first = Report.objects.order_by("pk").first().pk
    monkeypatch.setattr(stored_rows, "AT_ONCE", 15)
    real, read = incident_roads.rows_of, []

    def counts(reports, islands):
        read.append(reports.count())
        if len(read) == 4:
            raise KeyboardInterrupt
        return real(reports, islands)

    monkeypatch.setattr(incident_roads, "rows_of", counts)
    with pytest.raises(KeyboardInterrupt):
        analyse()
    Report.objects.filter(pk=first).update(phone_mark="someone else")
    again = analyse()
    assert again["inputs"]["resumed"] == 2
    assert again["inputs"]["reports"] != whole["inputs"]["reports"]
    monkeypatch.setattr(stored_rows, "AT_ONCE", 10**6)
    anew = analyse()
    assert anew["inputs"]["reports"] == again["inputs"]["reports"]
    assert anew["digest"] == again["digest"]


def test_a_file_that_was_stopped_goes_on_by_rows_with_any_portion(heap, tmp_path):
    file, folder = geoparquet(tmp_path / "told.parquet"), tmp_path / "parts"

    def stop(done: int, _total: int) -> None:
        if done >= 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        parts_from_file(folder, file, Columns(reporter="who"), say=stop, at_once=10)
    with pytest.raises(BadParts, match=r"told\.parquet"):
        report_parts.parts_from_database(folder)
    with pytest.raises(BadParts, match="something else"):
        parts_from_file(folder, shutil.copy(file, tmp_path / "other.parquet"), Columns())
    whole = parts_from_file(folder, file, Columns(reporter="who"), at_once=7)
    assert (whole.rows, whole.whole) == (60, True)
    held = [read_part(folder, part, [], whole.epsg).id for part in whole.parts]
    assert len(np.unique(np.concatenate(held))) == 60


def test_writing_that_was_stopped_goes_on_where_it_was(heap, tmp_path, monkeypatch):
    folder = tmp_path / "parts"

    def stop(done: int, _total: int) -> None:
        if done >= 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        report_parts.parts_from_database(folder, say=stop, at_once=20)
    stray = folder / "city=x" / "part-77777.parquet"  # written, but the manifest does not know it
    stray.parent.mkdir()
    stray.touch()
    with pytest.raises(CommandError, match="not finished"):
        analyse("--parts", str(folder))
    assert "60 rows" in written(folder, "--at-once", "20")
    assert not stray.exists()
    assert "60 rows" in written(folder)  # a whole folder stays as it is
    assert analyse("--parts", str(folder))["digest"] == analyse()["digest"]


def geoparquet(path: Path, *, crs: dict | None = None) -> Path:
    told = list(Report.objects.order_by("pk").values_list("pk", "geom", "received_at",
                                                          "category_id", "phone_mark"))  # fmt: skip
    told += [(10**6, told[0][1], told[0][2], "dragons", "")]  # a category that nobody knows
    columns = {
        "id": Array([row[0] for row in told], type=DataType.int64()),
        "geometry": Array(shapely.to_wkb(
            shapely.points(np.array([row[1].coords for row in told]))).tolist(),
            type=DataType.binary()),
        "received_at": Array([row[2].isoformat() for row in told], type=DataType.string()),
        "category": Array([row[3] for row in told], type=DataType.string()),
        "who": Array([row[4] for row in told], type=DataType.string()),
    }  # fmt: skip
    schema = Schema([Field(name, held.type, nullable=True) for name, held in columns.items()])
    geo = json.loads(GEO)
    if crs:
        geo["columns"]["geometry"]["crs"] = crs
    write_parquet(Table.from_arrays(list(columns.values()), schema=schema), path,
                  key_value_metadata={"geo": json.dumps(geo)})  # fmt: skip
    return path


def test_a_geoparquet_file_gives_the_answer_of_the_database(heap, tmp_path):
    file = geoparquet(tmp_path / "points.parquet")
    said = written(tmp_path / "parts", "--geoparquet", str(file), "--reporter", "who",
                   "--at-once", "25")  # fmt: skip
    assert "60 rows" in said
    assert "1 left out" in said
    ours, theirs = analyse(), analyse("--parts", str(tmp_path / "parts"))
    assert theirs["inputs"]["reports"] == ours["inputs"]["reports"]
    assert theirs["digest"] == ours["digest"]


def test_a_file_that_is_no_geoparquet_in_degrees_is_refused(heap, tmp_path):
    metres = geoparquet(tmp_path / "m.parquet", crs={"id": {"authority": "EPSG", "code": 32652}})
    with pytest.raises(UnfitFile, match="derajat"):
        parts_from_file(tmp_path / "parts", metres, Columns())
    with pytest.raises(UnfitFile, match="kolom who_knows"):
        parts_from_file(tmp_path / "parts", geoparquet(tmp_path / "d.parquet"),
                        Columns(reporter="who_knows"))  # fmt: skip


def test_a_lost_or_changed_part_is_refused_with_its_name(heap, tmp_path):
    written(tmp_path / "parts")
    part = read_manifest(tmp_path / "parts").parts[0]
    (tmp_path / "parts" / part.path).write_bytes(b"PAR1")
    with pytest.raises(CommandError, match=r"part-00000.*changed") as refusal:
        analyse("--parts", str(tmp_path / "parts"))
    assert refusal.value.returncode == 2
    assert Run.objects.get().state == RunState.REFUSED
    assert not IncidentCell.objects.exists()


def test_a_run_whose_workers_die_ends_failed_and_stores_nothing(heap, tmp_path, monkeypatch):
    written(tmp_path / "parts")

    def dies(*_given, **_named):
        raise means.SpreadFailed("part-00002: every worker that counts it dies")
        yield

    monkeypatch.setattr(spread, "crew", nullcontext)
    monkeypatch.setattr(spread, "counted_by", dies)
    with pytest.raises(CommandError, match="part-00002"):
        analyse("--parts", str(tmp_path / "parts"), "--spread", "2")
    run = Run.objects.get()
    assert run.state == RunState.FAILED
    assert "part-00002" in run.sentence
    assert not IncidentCell.objects.exists()


def test_words_that_do_not_fit_together_are_refused(heap, tmp_path):
    for words, why in (
        (("--spread", "2"), "needs --parts"),
        (("--parts", str(tmp_path / "nowhere")), "no manifest"),
    ):
        with pytest.raises(CommandError, match=why):
            call_command("analyse", "incident_heat", *words)
    with pytest.raises(CommandError, match="incident_heat only"):
        call_command("analyse", "incident_clusters", "--parts", str(tmp_path))
    written(tmp_path / "parts")
    with pytest.raises(CommandError, match=r"127\.0\.0\.1"):
        analyse("--parts", str(tmp_path / "parts"), "--spread", "tcp://10.0.0.5:8786")


def test_the_means_end_with_their_block():
    with means.using(means.Means(spread="2")):
        assert means.current().spread == "2"
    assert means.current() is means.DATABASE
    assert "incident_heat" in study.names()


def test_a_store_that_another_run_uses_or_has_just_thrown_away_is_not_waited_for(
    settings, tmp_path
):
    settings.VAR_DIR = tmp_path
    home = tmp_path / "tallies"
    with kept_tallies.kept_store("plan") as first:
        with kept_tallies.kept_store("plan") as second:
            assert second.folder != first.folder
        shutil.rmtree(home / "plan")  # as the run that ended first does
    assert list(home.iterdir()) == []
