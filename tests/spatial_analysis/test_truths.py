"""Published results, recomputed here: the same code as `manage.py analyse verify`."""

from __future__ import annotations

from io import StringIO

import numpy as np
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from spatial_analysis.truths import scans, table
from spatial_analysis.truths.finding import CHECKS, Finding
from tests.shared_data import shared

OTHER_ROOMS = {"bins_edinburgh_a", "location_sf_spopt", "pmedcap_osman_odd", "pmedian_orlib_odd",
               "routing"}  # fmt: skip
TABLES = settings.VAR_DIR / "tables"


def test_no_data_set_for_incidents_is_left_out():
    folder = shared("mann_kendall").parent
    assert {path.name for path in folder.iterdir() if path.is_dir()} - OTHER_ROOMS == set(CHECKS)


@pytest.mark.parametrize("data_set", sorted(CHECKS))
def test_the_published_figures_come_out_here(data_set, monkeypatch):
    """Each leaves its part of the table under VAR_DIR/tables/."""
    monkeypatch.setattr(scans, "REPLICATIONS", 199)
    found = table.findings(shared(data_set).parent, data_set)
    assert found
    TABLES.mkdir(parents=True, exist_ok=True)
    (TABLES / f"{data_set}.md").write_text(table.as_markdown(found))
    assert [finding for finding in found if not finding.met] == []


def verify(*words: str) -> str:
    out = StringIO()
    call_command("analyse", "verify", *words, stdout=out)
    return out.getvalue()


def test_the_table_prints_published_ours_and_met():
    said = verify("--only", "mann_kendall", "--truth", str(shared("mann_kendall").parent))
    line = next(line for line in said.splitlines() if "PrecipGL S" in line)
    assert line.split()[-4:-1] == ["989", "989", "0.0e+00"]
    assert line.rstrip().endswith("met")

    assert said.rstrip().endswith("figures met")


def test_without_any_data_set_it_says_what_to_do_and_is_no_success(tmp_path):
    out = StringIO()
    with pytest.raises(CommandError, match="--truth FOLDER") as refusal:
        call_command("analyse", "verify", "--truth", str(tmp_path), stdout=out)
    assert refusal.value.returncode == 2
    assert out.getvalue().count("absent: not checked") == len(CHECKS)
    with pytest.raises(CommandError, match="No published data set has 'dragons'"):
        verify("--only", "dragons")


def test_an_absent_data_set_is_said_so_beside_one_that_is_there(monkeypatch, tmp_path):
    (tmp_path / "made_up").mkdir()
    monkeypatch.setitem(CHECKS, "made_up", (lambda _: [Finding("m", "made_up", "f", 2.0, 2.0)],))
    said = verify("--truth", str(tmp_path))
    assert said.count("absent: not checked") == len(CHECKS) - 1
    assert "1 of 1 published figures met" in said


def test_a_figure_that_is_not_met_ends_with_one(monkeypatch, tmp_path):
    (tmp_path / "made_up").mkdir()
    off = Finding("addition", "made_up", "1 + 1", 3.0, 2.0, within=0.5)
    monkeypatch.setitem(CHECKS, "made_up", (lambda _: [off],))
    with pytest.raises(CommandError, match="1 figures are not met") as refusal:
        verify("--only", "made_up", "--truth", str(tmp_path))
    assert refusal.value.returncode == 1


def test_differences_are_plain_or_in_parts_of_the_published_figure():
    assert Finding("m", "d", "f", 200.0, 201.0, within=1.0).met
    assert not Finding("m", "d", "f", 200.0, 201.0, within=0.004, relative=True).met
    assert not Finding("m", "d", "f", 0.0, np.nan, within=1.0).met
    assert not Finding("m", "d", "f", "Pittsburgh", "Delaware").met
