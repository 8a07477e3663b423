"""The notebook of a planner's week runs from top to bottom and finds what was planted."""

from __future__ import annotations

import re

import nbformat
import pytest
from django.conf import settings
from nbclient import NotebookClient

NOTEBOOK = settings.BASE_DIR / "notebooks" / "klaster_insiden.ipynb"
MOST_S = 300  # a cell that takes longer hangs


@pytest.mark.slow
def test_the_notebook_of_clusters_finds_the_planted_ones():
    book = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(
        book, timeout=MOST_S, resources={"metadata": {"path": str(NOTEBOOK.parent)}}
    ).execute()
    said = "".join(
        str(output.get("text", "")) for cell in book.cells for output in cell.get("outputs", [])
    )
    recall = int(re.search(r"recall rata-rata (\d+)%", said)[1])
    found, planted = map(int, re.search(r"p <= 0,05: (\d+) dari (\d+)", said).groups())
    assert recall >= 80
    assert (found, planted) == (5, 5)
    assert "jenis aslinya: ['default_place']" in said
    pictures = [
        output for cell in book.cells for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]  # fmt: skip
    assert len(pictures) == 3
    assert "3 gambar, masing-masing dengan n, tanggal dan sumber" in said
    places = int(re.search(r"(\d+) tempat untuk pekan depan", said)[1])
    assert places >= 1
    assert re.search(r"pekan ini \d+, pekan lalu \d+", said)
    assert "alarm dengan p <= 0,05 pekan ini: " in said
