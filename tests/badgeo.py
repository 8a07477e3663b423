"""The corpus of bad geodata beside the repository, and the rules its judge applies."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.shared_data import SHARED

FOLDER = SHARED / "badgeo"
OVER_HTTP = {"api", "strings", "fuzz-seeds", "geos-xml", "wkt-csv"}
WANTED = {
    "reject": {"rejected"},
    "accept": {"accepted"},
    "partial": {"partial", "rejected"},
    "repair": {"accepted", "partial", "rejected"},
}


@dataclass(frozen=True, slots=True)
class BadFile:
    """One line of the manifest."""

    name: str
    format: str
    expect: str

    @property
    def path(self) -> Path:
        """Where it lies."""
        return FOLDER / self.name


def corpus() -> list[BadFile]:
    """Every file for an importer; without the corpus the test skips, in CI it fails."""
    if not FOLDER.is_dir():
        message = "../shared/badgeo is absent: cannot check imports against bad files"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with (FOLDER / "manifest.csv").open(encoding="utf-8") as handle:
        return [
            BadFile(row["file"], row["format"], row["expect"])
            for row in csv.DictReader(handle)
            if row["format"] not in OVER_HTTP
        ]
