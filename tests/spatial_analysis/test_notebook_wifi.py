"""The notebook of the WiFi gap runs from top to bottom, in less than a minute."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import nbformat
import pytest
from django.conf import settings
from django.db import connection
from nbclient import NotebookClient

from spatial_analysis.study import ask, perform
from tests.spatial_analysis import toy_city

NOTEBOOK = settings.BASE_DIR / "notebooks" / "kesenjangan_wifi.ipynb"
MOST_S = 300  # a cell that takes longer hangs


def _address() -> str:
    given = connection.settings_dict
    user, password = quote(given["USER"]), quote(given["PASSWORD"])
    port = f"&port={given['PORT']}" if given["PORT"] else ""
    return f"postgres://{user}:{password}@/{given['NAME']}?host={given['HOST']}&user={user}{port}"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_notebook_of_the_wifi_gap_says_what_the_page_says(
    monkeypatch: pytest.MonkeyPatch, client_of
) -> None:
    toy_city.build()
    monkeypatch.setenv("DATABASE_URL", _address())
    book = nbformat.read(NOTEBOOK, as_version=4)
    where = {"metadata": {"path": str(NOTEBOOK.parent)}}
    NotebookClient(book, timeout=MOST_S, resources=where).execute()
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    text = "".join(str(output.get("data", {}).get("text/plain", "")) for output in outputs)
    assert "Besar" in text
    assert "50.0" in text  # 300 of 600 people within 400 m
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 3
    assert "tiap pulau satu" in text
    printed = "".join(output.get("text", "") for output in outputs)
    told = json.loads(next(line for line in printed.splitlines() if line.startswith("{")))
    count = perform(ask("underserved_zones", {"walk_m": 400})).summary
    fair = count["equity"]
    plan = {"budget_idr": 140_000_000, "walk_m": 400, "floors": {"small": 1}}
    run = perform(ask("wifi_placement", plan))
    assert told == {
        "warga": count["people"],
        "terlayani persen": count["share_pct"],
        "jam sehari": fair["hours_a_day"],
        "mbps per 1000": fair["mbps_per_1000"],
        "gini": fair["gini"],
        "orang-km": fair["beyond_person_km"],
        "tanpa titik di pulau": fair["no_way"],
        "titik": run.summary["sites"],
        "warga bertambah": run.summary["people_gained"],
        "rupiah": run.summary["spent_idr"],
        "terbukti": run.summary["proven"],
    }
    page = client_of("planner").get(f"/rencana/wifi?hitung={run.pk}").content.decode()
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert f"{told['warga bertambah']} warga terlayani lagi" in words
    assert f"Koefisien Gini {told['gini']:.2f}".replace(".", ",") in words
    assert f"({told['orang-km']:.0f} orang-km)" in words
    assert f"{told['tanpa titik di pulau']} orang tanpa titik hidup di pulaunya" in words
