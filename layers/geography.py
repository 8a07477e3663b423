"""The city's place on earth, read from its folder: frames, outer box, time zone, words."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

STORED_SRID = 4326
TILE_SRID = 3857


@dataclass(frozen=True, slots=True)
class City:
    """A city as its folder describes it (`city.toml`)."""

    id: str
    name: str
    code: str
    time_zone: str
    zone_name: str
    metric_srid: int
    outer_box: tuple[float, float, float, float]
    centre: tuple[float, float]
    folder: Path
    languages: tuple[str, ...] = ("id", "en")
    emergency_number: str = "112"
    island_views: tuple[dict[str, Any], ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    def holds(self, lon: float, lat: float) -> bool:
        """True inside the outer box (degrees)."""
        west, south, east, north = self.outer_box
        return west <= lon <= east and south <= lat <= north


def read_city(folder: Path) -> City:
    """Read `folder/city.toml`; raises FileNotFoundError or KeyError naming what is missing."""
    data = tomllib.loads((folder / "city.toml").read_text(encoding="utf-8"))
    known = {
        "id", "name", "code", "time_zone", "zone_name", "metric_srid", "outer_box", "centre",
        "languages", "emergency_number", "island_views",
    }  # fmt: skip
    return City(
        id=data["id"],
        name=data["name"],
        code=data["code"],
        time_zone=data["time_zone"],
        zone_name=data["zone_name"],
        metric_srid=data["metric_srid"],
        outer_box=tuple(data["outer_box"]),
        centre=tuple(data["centre"]),
        folder=folder,
        languages=tuple(data.get("languages", ("id", "en"))),
        emergency_number=str(data.get("emergency_number", "112")),
        island_views=tuple(data.get("island_views", ())),
        extra={key: value for key, value in data.items() if key not in known},
    )


@lru_cache(maxsize=4)
def _city_at(folder: str) -> City:
    return read_city(Path(folder))


def city() -> City:
    """The city this platform serves (setting CITY_DIR)."""
    return _city_at(str(settings.CITY_DIR))
