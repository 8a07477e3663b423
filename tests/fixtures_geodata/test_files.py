"""Every file says what it is, stays small, and comes out of the script as it is committed."""

from __future__ import annotations

import filecmp
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely

from tests.fixtures_geodata.sample import CITIES, HOME, TERNATE, features, listing, metres, table

ORIGINS = {"published", "estimated", "schematic", "synthetic"}
OWN_WORDS = {"city.toml", "files.toml", "recipe.toml", "report_year.toml"}
CACHE = Path(os.environ.get("GEODATA_CACHE", Path(tempfile.gettempdir()) / "geodata-cache"))


@pytest.mark.parametrize("folder", CITIES, ids=lambda folder: folder.name)
def test_every_file_has_source_licence_frame_and_origin(folder):
    named = listing(folder)
    there = {path.name for path in folder.iterdir()} - OWN_WORDS
    assert there == set(named)
    for name, entry in named.items():
        assert entry["origin"] in ORIGINS, name
        assert all(entry[key] for key in ("crs", "source", "licence", "accuracy")), name


@pytest.mark.parametrize("folder", CITIES, ids=lambda folder: folder.name)
def test_every_row_has_an_origin(folder):
    for name, entry in listing(folder).items():
        if name.endswith(".csv"):
            for row in table(name, folder):
                assert row.get("origin", entry["origin"]) in ORIGINS, (name, row)


def test_files_are_small():
    for folder in CITIES:
        sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
        assert max(sizes.values()) <= 500_000, max(sizes, key=lambda name: sizes[name])
        assert sum(sizes.values()) <= 3_000_000


def test_the_readme_names_every_file_with_its_count():
    readme = (HOME / "README.md").read_text(encoding="utf-8")
    assert "| kelurahan.geojson | 78 |" in readme
    assert "| sp4n_2020.csv | 139 |" in readme
    for folder in CITIES:
        assert [name for name in listing(folder) if f"| {name} |" not in readme] == []


def test_nothing_of_the_data_beside_the_repository_is_among_the_files():
    told = [p for p in HOME.rglob("*") if p.is_file() and p.suffix in {".csv", ".toml", ".md"}]
    words = ("cahyadsn", "mystrygrdn", "kelurahan_facts")
    found = [p.name for p in told for w in words if w in p.read_text(encoding="utf-8")]
    assert found == []


@pytest.mark.parametrize(
    ("name", "rows"),
    [("waste_bins.csv", 600), ("cctv.csv", 40), ("wifi_hotspots.csv", 40), ("incidents.csv", 1200)],
)
def test_the_sample_has_the_promised_number_of_rows(name, rows):
    assert len(table(name)) == rows


def test_thirty_cameras_stand_at_the_ten_places_of_the_newspaper():
    at_places = [row["site"] for row in table("cctv.csv") if row["site"]]
    assert len(at_places) == 30
    assert len(set(at_places)) == len(table("cctv_sites.csv")) == 10


@pytest.mark.parametrize("folder", CITIES, ids=lambda folder: folder.name)
def test_points_stand_on_land(folder):
    land = shapely.union_all([row["geom"] for row in features("islands.geojson", folder)])
    shapely.prepare(land)
    wet = [
        (name, row.get("code") or row.get("label"))
        for name in ("facilities.csv", "wifi_hotspots.csv", "wifi_sites.csv", "cctv.csv",
                     "waste_bins.csv", "waste_places.csv", "cctv_sites.csv")
        if (folder / name).exists()
        for row in table(name, folder)
        if not land.contains(shapely.Point(float(row["lon"]), float(row["lat"])))
    ]  # fmt: skip
    assert wet == []


def test_the_backlog_of_2020_has_61_12_and_66():
    states = [row["Status"] for row in table("sp4n_2020.csv")]
    counted = {state: states.count(state) for state in set(states)}
    assert counted == {"Belum Diverifikasi": 61, "Belum Ditindaklanjuti": 12, "Selesai": 66}
    assert len({row["No. Tracking"] for row in table("sp4n_2020.csv")}) == 139


@pytest.mark.parametrize(("code", "top"), [("ternate", 1715), ("hiri", 637), ("moti", 887)])
def test_heights_rise_from_the_coast_to_the_summit(code, top):
    with rasterio.open(TERNATE / f"elevation_{code}_30m.tif") as raster:
        z = raster.read(1, masked=True)
        assert (raster.crs.to_epsg(), raster.res) == (32652, (30.0, 30.0))
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    assert top * 0.93 <= z.max() <= top
    assert z.min() >= 0


def test_the_cone_is_near_the_published_heights_of_the_kelurahan():
    gaps = []
    for row in table("kelurahan_points.csv"):
        place = metres(shapely.Point(float(row["lon"]), float(row["lat"])))
        for code in ("ternate", "hiri", "moti"):
            with rasterio.open(TERNATE / f"elevation_{code}_30m.tif") as raster:
                (z,) = next(raster.sample([(place.x, place.y)], masked=True))
            if z is not np.ma.masked:
                gaps.append(float(z) - float(row["elev_m"]))
    assert len(gaps) == 72
    assert float(np.sqrt(np.mean(np.square(gaps)))) < 70


@pytest.mark.slow
@pytest.mark.parametrize("folder", CITIES, ids=lambda folder: folder.name)
def test_the_script_makes_the_committed_files_again(folder, tmp_path):
    archives = tomllib.loads((HOME / "sources.toml").read_text())["package"]
    missing = [row["archive"] for row in archives if not (CACHE / row["archive"]).exists()]
    if missing:
        pytest.skip(f"{CACHE} lacks {', '.join(missing)}: make_island.py fetches them")
    out = tmp_path / folder.name
    command = [sys.executable, str(HOME / "make_island.py"), folder.name]
    subprocess.run([*command, "--cache", str(CACHE), "--out", str(out)], check=True)
    names = [path.name for path in folder.iterdir()]
    _same, other, absent = filecmp.cmpfiles(folder, out, names, shallow=False)
    assert (other, absent) == ([], [])
