"""Where a layer's rows come from and under which licence: the words that travel with every file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from layers.geography import city
from layers.spec import Layer

FILES = "files.toml"
FILE_OF = {"population": "population_100m.csv"}  # where a file is not called like its layer


@dataclass(frozen=True, slots=True)
class Source:
    """What the city's folder says of the file behind a layer."""

    licence: str = ""
    source: str = ""
    accuracy: str = ""


@lru_cache(maxsize=4)
def _files(folder: Path) -> dict[str, Any]:
    path = folder / FILES
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def source_of(layer: Layer, language: str = "") -> Source:
    """Licence, source and accuracy of a layer, where the city's folder names them.

    In `language` where the folder says them in it (`source_id`, `accuracy_id`); files keep one.
    """
    known, stem = _files(city().folder), layer.slug.replace("-", "_")
    names = (FILE_OF.get(layer.slug, ""), f"{stem}.geojson", f"{stem}.csv")
    found = next((known[name] for name in names if name in known), {})
    keys = ("licence", "source", "accuracy")
    return Source(*(found.get(f"{key}_{language}") or found.get(key, "") for key in keys))


def about(layer: Layer, *, at: datetime) -> dict[str, Any]:
    """Words for the head of a file made at `at`: what it is, from whom, under which licence."""
    found = source_of(layer)
    return {
        "title": layer.title,
        "description": layer.summary,
        "attribution": layer.attribution,
        "licence": found.licence or str(city().extra.get("licence", "")),
        "source": found.source,
        "accuracy": found.accuracy,
        "schematic": layer.schematic,
        "made_at": at.astimezone(UTC).isoformat(timespec="seconds"),
    }
