"""The notebook of layers runs from top to bottom over a toy city, in less than a minute."""

from __future__ import annotations

from urllib.parse import quote

import nbformat
import pytest
from django.conf import settings
from django.db import connection
from nbclient import NotebookClient

from tests.tile_service.conftest import toy_city, toy_template  # noqa: F401  (fixtures)

NOTEBOOK = settings.BASE_DIR / "notebooks" / "lapisan.ipynb"
MOST_S = 300  # a cell that takes longer hangs


def database_address() -> str:
    """DATABASE_URL of the connection in use."""
    given = connection.settings_dict
    user, password = quote(given["USER"]), quote(given["PASSWORD"])
    query = f"host={given['HOST']}&user={user}" + (
        f"&port={given['PORT']}" if given["PORT"] else ""
    )
    return f"postgres://{user}:{password}@/{given['NAME']}?{query}"


@pytest.mark.slow
@pytest.mark.django_db
def test_the_notebook_of_layers_runs(toy_city, monkeypatch):  # noqa: F811
    monkeypatch.setenv("DATABASE_URL", database_address())
    monkeypatch.setenv("VAR_DIR", str(toy_city.RASTER_DIR.parent))
    book = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(
        book, timeout=MOST_S, resources={"metadata": {"path": str(NOTEBOOK.parent)}}
    ).execute()
    outputs = "".join(
        str(output.get("data", "")) + str(output.get("text", ""))
        for cell in book.cells
        for output in cell.get("outputs", [])
    )
    assert "wifi-hotspots" in outputs and "KiB" in outputs
    assert "folium-map" in outputs
