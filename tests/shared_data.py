"""Where tests find the data sets that live beside the repository and are never copied in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


def shared(name: str, why: str = "its numbers") -> Path:
    """Folder of the data set `name`; without it the test skips, and with CI=true it fails."""
    for drawer in ("geodata", "truth"):
        folder = SHARED / drawer / name
        if folder.is_dir():
            return folder
    message = f"../shared/geodata/{name} is absent: cannot check {why}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
