"""Real data in a transaction that is rolled back: people as counted, and Madrid's 208 hotspots."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import shapely
from django.core.management import call_command
from django.db import transaction
from django.test.utils import override_settings
from scipy.spatial import cKDTree

from layers.catalog.places import Kelurahan
from layers.catalog.wifi import WifiHotspot
from spatial_analysis.frames import coordinates, in_metres
from spatial_analysis.methods.coverage import reach_radius
from spatial_analysis.methods.equity import beyond
from spatial_analysis.studies.wifi_costs import areas_of, read_costs
from spatial_analysis.studies.wifi_frames import read_situation
from spatial_analysis.studies.wifi_placement import Placed, Question, work_out

SHARED = Path(__file__).resolve().parents[2] / "shared" / "geodata"
BUDGET_IDR, WALK_M = 140_000_000, 400
CELL_M = 20.0
MADRID = """
id = "madrid"
name = "Madrid"
code = "28079"
time_zone = "Europe/Madrid"
zone_name = "CET"
metric_srid = 25830
outer_box = [-4.0, 40.2, -3.4, 40.7]
centre = [-3.70, 40.42]
"""


@contextmanager
def undone() -> Iterator[None]:
    """Everything done inside is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def load(layer: str, path: Path, *options: str) -> dict[str, Any]:
    """Import a file as `load_layer` does; its account (exit code 3: some rows were refused)."""
    out = io.StringIO()
    try:
        call_command("load_layer", layer, path, "--json", "--yes", *options, stdout=out)
    except SystemExit as left:
        if left.code != 3:
            raise
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def real_people() -> None:
    """Import the people of every kelurahan and lay the same question before and after."""
    folder = SHARED / "ternate-kelurahan-dukcapil-2019"
    path = folder / "ternate_kelurahan_dukcapil_2019.geojson"
    if not path.exists() or not Kelurahan.objects.filter(code__startswith="82.71").exists():
        print(f"\n{folder.name}: absent, or another city is loaded: not measured")
        return
    with undone(), TemporaryDirectory() as scratch:
        before = plan()
        file, renamed = with_new_codes(path, Path(scratch))
        told = load("kelurahan", file, "--map", "KODE_DESA=code", "--map", "JUMLAH_PEN=people",
                    "--map", "KECAMATAN=-", "--good-rows")  # fmt: skip
        after = plan()
        compare(before, after, told, renamed)


def plan() -> Placed:
    """The planner's question: Rp 140 million, one site on every outer island group."""
    seen = read_situation()
    outer = [area.code for area in areas_of(read_costs(), dict(seen.islands.values()))][1:]
    params = {"budget_idr": BUDGET_IDR, "walk_m": WALK_M, "floors": dict.fromkeys(outer, 1)}
    return work_out(Question.of(params))


def with_new_codes(path: Path, scratch: Path) -> tuple[Path, int]:
    """The file with codes of kelurahan that moved to a new kecamatan, found by name."""
    known = set(Kelurahan.objects.values_list("code", flat=True))
    names: dict[str, list[str]] = {}
    for name, code in Kelurahan.objects.values_list("name", "code"):
        names.setdefault(plain(name), []).append(code)
    features, renamed = json.loads(path.read_text()), 0
    for feature in features["features"]:
        given = feature["properties"]
        code, name = str(given.get("KODE_DESA") or ""), plain(str(given.get("DESA") or ""))
        dotted = f"{code[:2]}.{code[2:4]}.{code[4:6]}.{code[6:]}"
        found = names.get(name, [])
        if code and dotted not in known and len(found) == 1:
            given["KODE_DESA"], renamed = found[0].replace(".", ""), renamed + 1
    target = scratch / "people.geojson"
    target.write_text(json.dumps(features))
    return target, renamed


def plain(name: str) -> str:
    """A name without case and signs; the file writes Togafo where the register has Tagafo."""
    letters = "".join(letter for letter in name.casefold() if letter.isalnum())
    return {"togafo": "tagafo"}.get(letters, letters)


def compare(before: Placed, after: Placed, told: dict[str, Any], renamed: int) -> None:
    """Print both plans in one table."""
    print(
        f"\nreal people: {told['rows']} rows, {told['updated']} kelurahan updated ({renamed} by "
        f"name: they moved to a new kecamatan), {told['rejected']} refused {told['codes']}"
    )
    first, second = (codes(one) for one in (before, after))
    again = stood(after, first)
    rows = [
        ("people", *(f"{one.seen.cells.people.sum():,.0f}" for one in (before, after))),
        ("served today", *(f"{served_pct(one, one.before):.1f} %" for one in (before, after))),
        ("sites for Rp 140 million", *(str(len(one.plan.sites)) for one in (before, after))),
        ("people gained", *(f"{one.people_gained:,.0f}" for one in (before, after))),
        ("proven", *(str(one.plan.proven) for one in (before, after))),
        ("served after", *(f"{served_pct(one, one.after()):.1f} %" for one in (before, after))),
        ("Gini after", *(f"{one.equity['after']['gini']:.3f}" for one in (before, after))),
        ("person-km beyond, after",
         *(f"{one.equity['after']['beyond_person_km']:,.0f}" for one in (before, after))),
        ("worst kelurahan today",
         *(f"{one.equity['before']['worst']['name']}" for one in (before, after))),
        *(
            (f"{name}: after", *(f"{area_pct(one, code):.1f} %" for one in (before, after)))
            for code, name in ((area.code, area.name) for area in before.candidates.areas)
        ),
        ("sites of both plans", "", f"{len(first & second)} of {len(second)}"),
        ("plan of the estimate, counted people", "", f"{again:,.0f} gained"),
    ]  # fmt: skip
    print(f"{'figure':<38} {'estimated':>16} {'counted 2019':>16}")
    for name, one, other in rows:
        print(f"{name:<38} {one:>16} {other:>16}")


def codes(placed: Placed) -> set[str]:
    """Codes of the chosen places."""
    return {placed.candidates.rows[site].code for site in placed.plan.sites}


def stood(placed: Placed, chosen: set[str]) -> float:
    """People whom `chosen` (of another plan) would newly reach here."""
    mask = np.array([row.code in chosen for row in placed.candidates.rows])
    return float(placed.seen.cells.people[placed.reach.served(mask) & ~placed.before].sum())


def served_pct(placed: Placed, served: np.ndarray) -> float:
    """Share of all people."""
    people = placed.seen.cells.people
    return float(100 * people[served].sum() / people.sum())


def area_pct(placed: Placed, code: str) -> float:
    """Share of the people of a floor area once the plan is built."""
    islands = next(area.islands for area in placed.candidates.areas if area.code == code)
    keys = [key for key, (name, _) in placed.seen.islands.items() if name in islands]
    inside = np.isin(placed.seen.cells.island, keys)
    people = placed.seen.cells.people
    return float(100 * people[inside & placed.after()].sum() / people[inside].sum())


def madrid() -> None:
    """Import Madrid's municipal WiFi: shared positions told, and the ground its signal covers."""
    path = SHARED / "wifi-madrid" / "madrid_wifi_municipal.geojson"
    if not path.exists():
        print(f"\n{path.parent.name}: absent, not measured")
        return
    with TemporaryDirectory() as scratch, undone():
        (Path(scratch) / "city.toml").write_text(MADRID)
        with override_settings(CITY_DIR=scratch):
            WifiHotspot.objects.exclude(pk=None).delete()
            features, short = json.loads(path.read_text()), Path(scratch) / "wifi.geojson"
            for feature in features["features"]:  # two names are longer than ours may be
                feature["properties"]["NOMBRE"] = feature["properties"]["NOMBRE"][:120]
            short.write_text(json.dumps(features))
            told = load("wifi-hotspots", short, "--map", "PK=code", "--map", "NOMBRE=name",
                        "--set", "status=works")  # fmt: skip
            cover(told, features)


def cover(told: dict[str, Any], features: dict[str, Any]) -> None:
    """Print what the import said, the ground covered, and the trap of the second pair."""
    shapes, rows = in_metres(WifiHotspot.objects.all(), "radius_m", "code")
    xy = coordinates(shapes)
    radius = np.array([row[0] for row in rows], dtype=float)
    said = next(one["message"] for one in told["warnings"] if one["code"] == "SHARED_POSITION")
    west, south = np.floor(xy.min(axis=0) - radius.max())
    east, north = xy.max(axis=0) + radius.max()
    grid = np.stack(
        np.meshgrid(np.arange(west, east, CELL_M), np.arange(south, north, CELL_M)), axis=-1
    ).reshape(-1, 2)
    reach = reach_radius(grid, xy, radius)
    times = np.bincount(reach.places, minlength=len(grid))
    km2 = CELL_M**2 / 1e6
    union = shapely.area(shapely.union_all(shapely.buffer(shapely.points(xy), radius, 32))) / 1e6
    exact = np.unique(xy.round(6), axis=0)
    near = beyond(cKDTree(exact).query(grid)[0], np.full(len(grid), km2), 500.0)
    place = {row[1]: spot for row, spot in zip(rows, xy, strict=True)}
    given = [one["properties"] for one in features["features"]]
    pairs = [
        (one["COORDENADA-X"], one["COORDENADA-Y"], *place[str(one["PK"])])
        for one in given
        if one.get("COORDENADA-X") and one.get("COORDENADA-Y") and str(one["PK"]) in place
    ]
    both = np.array(pairs, dtype=float)
    off = np.hypot(*(both[:, :2] - both[:, 2:]).T)
    print(f"\nMadrid: {told['inserted']} of {told['rows']} hotspots imported; {said}")
    print(f"  {len(exact)} positions; {len(xy) - len(exact)} rows stand on one taken before")
    print(
        f"  signal ({radius.max():.0f} m) covers {km2 * (times > 0).sum():.2f} km² "
        f"(as shapes {union:.2f}), {km2 * (times > 1).sum():.2f} of it twice or more; "
        f"{near.people:.0f} km² of the box lie over 500 m from any"
    )
    print(
        f"  the second pair (ED50) is missing {len(given) - len(pairs)} times and lies "
        f"{np.median(off):.0f} m off where it is given: never read as the place"
    )
