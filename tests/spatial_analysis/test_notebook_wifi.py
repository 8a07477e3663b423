"""The notebook of the WiFi gap runs from top to bottom, in less than a minute."""

from __future__ import annotations

from urllib.parse import quote

import nbformat
import pytest
from django.conf import settings
from django.db import connection
from nbclient import NotebookClient

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
def test_the_notebook_of_the_wifi_gap_runs(monkeypatch: pytest.MonkeyPatch) -> None:
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
