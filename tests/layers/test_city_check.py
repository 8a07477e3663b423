"""Broken city folders: each fault is named with its file, its line and what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from layers.city_folder.checks import check
from tests.fixtures_geodata.sample import CITIES, TANJUNGPINANG


def broken(tmp_path: Path, file: str, old: str, new: str) -> list[str]:
    """Sentences about a copy of the small city in which `old` became `new` in `file`."""
    folder = tmp_path / "kota"
    shutil.copytree(TANJUNGPINANG, folder)
    path = folder / file
    if old == "":
        path.unlink()
    else:
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} holds no {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return [str(fault) for fault in check(folder).faults.found]


@pytest.mark.parametrize("folder", CITIES, ids=lambda folder: folder.name)
def test_the_sample_cities_have_no_fault(folder):
    assert check(folder).faults.found == []


# file, what is there, what it becomes, what must be said
FAULTS = [
    ("city.toml", "", "", "city.toml: this file must be there"),
    ("city.toml", "metric_srid = 32648", "metric_srid = 4326",
     "city.toml: metric_srid 4326 is in degrees; use a UTM zone, e.g. 32648"),
    ("city.toml", "metric_srid = 32648", "metric_srid = 1", "metric_srid 1 is no EPSG code"),
    ("city.toml", "metric_srid = 32648", "metric_srid = 2225", "is not in metres"),
    ("city.toml", "time_zone = ", "time_zona = ", "'time_zone' is missing; nearest: time_zona"),
    ("city.toml", "Asia/Jakarta", "Asia/Jakata", "time_zone 'Asia/Jakata' is unknown"),
    ("city.toml", "[104.3, 0.78,", "[105.3, 0.78,", "outer_box must be west, south, east, north"),
    ("city.toml", "centre = [104.46, 0.92]", "centre = [0.92, 104.46]", "centre must be lon, lat"),
    ("city.toml", 'id = "', 'id = ', "city.toml"),
    ("islands.geojson", "", "", "islands.geojson: this file must be there"),
    ("agencies.csv", "", "", "agencies.csv: this file must be there"),
    ("islands.geojson", '"FeatureCollection"', '"FeatureCollection', "islands.geojson"),
    ("islands.geojson", '"code":"bintan"', '"code":"bin tan"', "letters, digits, - and _ only"),
    ("islands.geojson", '"type":"Polygon"', '"type":"Circle"', "islands.geojson line 2"),
    ("kelurahan.geojson", '"kecamatan_code":"21.72.01"', '"kecamatan_code":"21.72.011"',
     "kecamatan_code '21.72.011' is not in kecamatan.geojson; nearest: 21.72.01"),
    ("kelurahan.geojson", '"code":"21.72.01.1002"', '"code":"21.72.01.1001"',
     "kelurahan.geojson line 3: '21.72.01.1001' stands in line 2 already"),
    ("kecamatan.geojson", '"people":45000', '"people":45001',
     "kelurahan.geojson: rows of 21.72.01 add up to 45000 people, not 45001"),
    ("kecamatan.geojson", '"people":45000', '"people":-1', "-1 is not between 0 and 50000000"),
    ("kecamatan.geojson", '"people":45000', '"people":null', "people: is empty"),
    ("population.csv", "45000", "45002", "45002 people here, 45000 in kecamatan.geojson"),
    ("population.csv", "45000", "4500o", "population.csv line 2: people: '4500o' is no number"),
    ("population.csv", "people", "orang", "column 'people' is missing"),
    ("categories.csv", ",dlh,", ",DLHK,",
     "categories.csv line 2: default_agency 'DLHK' is not in agencies.csv; nearest: dlh"),
    ("categories.csv", "#6a4c2f", "brown", "'brown' is no colour like #0b6e8f"),
    ("categories.csv", ",exact,,false", ",precise,,false",
     "'precise' is unknown; known: exact, blur, kelurahan, never"),
    ("routing.csv", "kriminalitas", "kriminal", "category 'kriminal' is not in categories.csv"),
    ("routing.csv", "all,,", "island,bintam,",
     "routing.csv line 2: area 'bintam' is not in islands.geojson; nearest: bintan"),
    ("routing.csv", "all,,", "all,bintan,", "area 'bintan' with area_kind all"),
    ("holidays.csv", "2025-01-01", "01/01/2025", "is no date like 2026-08-17"),
    ("holidays.csv", "2025-01-27", "2025-01-01", "'2025-01-01' stands in line 2 already"),
    ("ferries.csv", "07:00", "7 pagi", "departs: '7 pagi' is no time like 07:30"),
    ("ferries.csv", "1234567", "1234569", "weekdays '1234569': digits 1 (Monday) to 7"),
    ("ferries.csv", "tanjungpinang-penyengat", "tanjungpinang-penyenget",
     "is not in ferry_lines.geojson; nearest: tanjungpinang-penyengat"),
    ("piers.csv", ",penyengat,104", ",penyenget,104", "nearest: penyengat"),
    ("wifi_hotspots.csv", "bandwidth_mbps,radius_m", "bandwidth_mbps,radius",
     "column 'radius_m' is missing; nearest: radius"),
    ("wifi_hotspots.csv", "wifi-002,", "wifi-001,", "'wifi-001' stands in line 2 already"),
    ("cctv.csv", ",city,", ",kota,", "owner: 'kota' is unknown; known: city, agency, private"),
    ("cctv.csv", "rtmc-01,", "rtmc 01,", "cctv.csv line 2: code: 'rtmc 01'"),
    ("waste_bins.csv", "BS-0001,104.", "BS-0001,194.", "lon: 194"),
    ("vehicles.csv", "06:00,14:00", "14:00,06:00", "shift_start is not before shift_end"),
    ("vehicles.csv", "tpa-ganet", "tepi-laut", "'tepi-laut' is no depot but a dump"),
    ("vehicles.csv", "truk-01,Truk 01", "truk-01,Truk, 01", "cells of the header"),
    ("streets.geojson", '"oneway":0', '"oneway":2', "oneway: '2' is unknown"),
    ("hazard_zones.geojson", '"level":2', '"level":7', "level: 7 is not between 1 and 3"),
    ("files.toml", '"schematic"', '"official"', "has no origin of published"),
    ("facilities.csv", ",synthetic", ",invented", "origin: 'invented' is unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "said"), FAULTS)
def test_a_fault_is_named(tmp_path, file, old, new, said):
    sentences = broken(tmp_path, file, old, new)
    assert any(said in sentence for sentence in sentences), sentences


def test_swapped_coordinates_are_called_swapped(tmp_path):
    line = next(
        text for text in (TANJUNGPINANG / "landmarks.csv").read_text().splitlines()
        if text.startswith("kantor")
    )  # fmt: skip
    cells = line.split(",")
    cells[3], cells[4] = cells[4], cells[3]
    said = broken(tmp_path, "landmarks.csv", line, ",".join(cells))
    assert any("landmarks.csv line 2" in text and "seem swapped" in text for text in said)


def test_a_nan_is_no_coordinate(tmp_path):
    said = broken(tmp_path, "landmarks.csv", "104.4860", "nan")
    assert any("lon: nan is not between -180 and 180" in text for text in said)


def test_kelurahan_that_overlap_are_named(tmp_path):
    import json

    folder = tmp_path / "kota"
    shutil.copytree(TANJUNGPINANG, folder)
    path = folder / "kelurahan.geojson"
    data = json.loads(path.read_text(encoding="utf-8"))
    first, second = data["features"][0]["geometry"], data["features"][1]["geometry"]
    inside = shapely_union(first, second)
    data["features"][0]["geometry"] = inside
    path.write_text(json.dumps(data), encoding="utf-8")
    said = [str(fault) for fault in check(folder).faults.found]
    assert any("21.72.01.1001 and 21.72.01.1002 overlap by" in text for text in said), said


def shapely_union(one: dict, other: dict) -> dict:
    """A shape that covers the first and half of the second."""
    import json

    import shapely

    a, b = (shapely.from_geojson(json.dumps(part)) for part in (one, other))
    west, south, _east, north = b.bounds
    half = shapely.intersection(b, shapely.box(west, south, b.centroid.x, north))
    return json.loads(shapely.to_geojson(shapely.union(a, half).buffer(0)))


def test_all_faults_are_told_at_once(tmp_path):
    folder = tmp_path / "kota"
    shutil.copytree(TANJUNGPINANG, folder)
    for file, old, new in (("piers.csv", "penyengat,104", "nowhere,104"),
                           ("holidays.csv", "2025-01-01", "yesterday")):  # fmt: skip
        text = (folder / file).read_text()
        (folder / file).write_text(text.replace(old, new, 1))
    files = {fault.file for fault in check(folder).faults.found}
    assert files == {"piers.csv", "holidays.csv"}


def test_the_command_lists_faults_and_ends_badly(tmp_path, capsys):
    broken(tmp_path, "holidays.csv", "2025-01-01", "yesterday")
    with pytest.raises(CommandError, match="1 faults"):
        call_command("city_check", tmp_path / "kota")
    assert "holidays.csv line 2: date: 'yesterday'" in capsys.readouterr().out


def test_the_command_is_content_with_a_good_folder(capsys):
    call_command("city_check", TANJUNGPINANG)
    assert "no fault" in capsys.readouterr().out
