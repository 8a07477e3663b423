"""Coverage by signal, terrain, hours and other sources of people, and fairness; on the toy city."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from layers.catalog.ferries import Pier
from layers.catalog.places import Island, Kelurahan
from layers.catalog.underserved_zones import UnderservedZone
from layers.catalog.wifi import WifiHotspot, WifiStatusChange
from layers.catalog.wifi_candidates import WifiCandidate
from layers.catalog.wifi_proposals import WifiProposal
from layers.catalog.wifi_service import WifiService
from layers.catalog.wifi_signal import WifiSignal
from spatial_analysis.models import Run
from spatial_analysis.studies.wifi_demand import BadDemandWeights
from spatial_analysis.studies.wifi_moves import figures, frame_of
from spatial_analysis.studies.wifi_people import NoSuchPeople
from spatial_analysis.studies.wifi_reach import BadServe
from spatial_analysis.studies.wifi_service import BadGravity
from spatial_analysis.studies.wifi_signal import BadMast
from spatial_analysis.studies.wifi_terrain import NoElevationKnown
from spatial_analysis.study import ask, perform
from tests.spatial_analysis import toy_city
from tests.spatial_analysis.toy_rasters import build_wall, raster

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def toy(db: None, settings, tmp_path: Path) -> None:
    toy_city.build()
    settings.RASTER_DIR = tmp_path / "rasters"
    settings.RASTER_DIR.mkdir()


def count(**params: object) -> Run:
    return perform(ask("underserved_zones", {"walk_m": 250, **params}))


def plan(**params: object) -> Run:
    return perform(ask("wifi_placement", {"walk_m": 250, **params}))


def area(level: str, code: str) -> WifiService:
    return WifiService.objects.get(level=level, code=code)


def test_hours_of_power_and_days_that_were_down_count() -> None:
    count()
    #  cells at 0 and 200 m of three: 24 h for two of three, nought for the third
    assert area("kelurahan", "1.1").hours_a_day == 16.0
    assert area("island", "big").hours_a_day == 8.0
    WifiHotspot.objects.filter(code="west").update(power_hours=12)
    west, today = WifiHotspot.objects.get(code="west"), timezone.localdate()
    for ago, status in ((200, "works"), (60, "off"), (15, "works")):  # of 90 days 45 were down
        WifiStatusChange.objects.create(
            hotspot=west, status=status, on=today - timedelta(days=ago - 1)
        )
    run = count()
    assert area("kelurahan", "1.1").hours_a_day == 4.0
    assert area("kelurahan", "1.1").share_pct == 66.7  # it works now
    assert run.summary["equity"]["day_pct"] == round(100 * 200 * 6 / 630 / 24, 1)


def test_metres_beyond_the_walk_bandwidth_and_the_worst_kelurahan() -> None:
    fair = count().summary["equity"]
    #  cells at 400, 600, 800 and 1000 m are 150, 350, 550 and 750 m too far: 180 person-km
    assert (fair["beyond_person_km"], fair["beyond_people"], fair["no_way"]) == (180.0, 400, 30)
    assert fair["beyond_mean_m"] == 450
    #  all of the 20 Mbit/s reaches somebody, so 630 people have 20 between them
    assert fair["mbps_per_1000"] == pytest.approx(1000 * 20 / 630, abs=1e-3)
    #  weights 1, 1, 0.68 (400 m), 0.22 (600 m): 100 people each; nobody else has any
    share = np.array([1, 1, 0.68, 0.22])
    held = np.concatenate([[0], np.cumsum(np.sort(share) / share.sum() * 100)]) / 100
    heads = np.array([230, 330, 430, 530, 630]) / 630
    under = (np.diff(heads) * (held[1:] + held[:-1]) / 2).sum()
    assert fair["gini"] == pytest.approx(1 - 2 * under, abs=1e-4)
    assert fair["worst"] == {
        "name": "Timur", "island": "Besar", "people": 300, "share_pct": 0.0, "none_served": 2,
        "kelurahan": 3,
    }  # fmt: skip
    assert (fair["capital"]["name"], fair["capital"]["share_pct"]) == ("Besar", 33.3)
    assert fair["outer"] == {
        "people": 30, "share_pct": 0.0, "hours_a_day": 0.0, "mbps_per_1000": 0.0, "islands": 1,
    }  # fmt: skip
    assert UnderservedZone.objects.get(kelurahan="Barat").mbps_per_1000 == pytest.approx(
        1000 * 20 * 0.68 / 290, abs=1e-3
    )


def test_bandwidth_may_fall_off_by_a_power_of_the_distance() -> None:
    fair = count(gravity=1).summary["equity"]
    #  the 20 Mbit/s of the west one at 0 (as 50), 200 .. 1000 m: everybody on the island has some
    near = np.array([1 / 50, 1 / 200, 1 / 400, 1 / 600, 1 / 800, 1 / 1000])
    share = near / near.sum() / 100
    assert area("kelurahan", "1.2").mbps_per_1000 == pytest.approx(
        1000 * 20 * share[3:].mean(), abs=1e-3
    )
    assert fair["mbps_per_1000"] == pytest.approx(1000 * 20 / 630, abs=1e-3)
    held = np.concatenate([[0, 0], np.cumsum(np.sort(near)) / near.sum()])
    heads = np.array([0, 30, 130, 230, 330, 430, 530, 630]) / 630
    under = (np.diff(heads) * (held[1:] + held[:-1]) / 2).sum()
    assert fair["gini"] == pytest.approx(1 - 2 * under, abs=1e-4)
    for beta in (0, 4, "2", True):
        with pytest.raises(BadGravity):
            count(gravity=beta)


def test_the_signal_is_the_disc_on_land_and_its_people_those_of_the_cells() -> None:
    WifiHotspot.objects.filter(code="west").update(radius_m=60)
    run = count()
    disc = WifiSignal.objects.get()
    assert (disc.code, disc.people, disc.seen_pct, disc.mast_m) == ("west", 100, 100.0, None)
    assert area("kelurahan", "1.1").share_signal_pct == 33.3
    assert run.summary["signal_people"] == 100
    #  25 parts of 20 m; of radius 20 m only five parts' centres lie within
    WifiHotspot.objects.filter(code="west").update(radius_m=20)
    assert count().summary["signal_people"] == 20


def test_a_hill_hides_the_signal_when_the_terrain_is_asked_for(settings) -> None:
    with pytest.raises(NoElevationKnown):
        count(sight=True)
    build_wall(settings.RASTER_DIR, 20)
    WifiHotspot.objects.filter(code="west").update(radius_m=80)
    free, hidden = count(), count(sight=True, mast_m=6)
    disc = WifiSignal.objects.get()
    assert (free.summary["signal_people"], free.summary["sight"]) == (100, False)
    #  columns of parts at -40, -20, 0 and +20 m: the wall's west foot begins at 20 m
    assert hidden.summary["signal_people"] == 80
    assert disc.mast_m == 6.0
    assert 55 < disc.seen_pct < 75
    behind = toy_city.at(70, 0)
    assert not disc.geom.contains(behind)
    assert disc.geom.contains(toy_city.at(-50, 0))
    assert count(sight=True, mast_m=90).summary["signal_people"] > 80
    for mast in (0, 101, "6", True):
        with pytest.raises(BadMast):
            count(sight=True, mast_m=mast)


def test_a_plan_may_serve_by_signal_and_the_terrain_hides_people_from_a_new_site(settings) -> None:
    big = Island.objects.get(code="big")
    for code, x in (("centre", 600), ("off", 430)):
        WifiCandidate.objects.create(code=code, name=code, island=big, geom=toy_city.at(x, 0))
    asked = {"count": 1, "forbidden": ["hidupkan:east", "tempat:pier"]}
    free = plan(serve="signal", **asked)
    #  60 m round 600 m hold all 25 parts of its cell; round 430 m those 60 m off at most
    assert [row.candidate for row in WifiProposal.objects.of_run(free.pk)] == ["calon:centre"]
    assert free.summary["people_gained"] == 100
    assert (free.summary["serve"], free.summary["radius_m"]) == ("signal", 60)
    assert free.summary["areas"][0]["before_pct"] == 16.7  # 100 of 600 round the west one
    shift = np.arange(-40, 41, 20)
    east, north = np.meshgrid(shift + 400 - 430, shift)
    near = int((np.hypot(east, north) <= 60).sum())
    other = plan(serve="signal", count=1, must=["calon:off"])
    assert other.summary["people_gained"] == 4 * near
    with pytest.raises(NoElevationKnown):
        plan(serve="sight", **asked)
    build_wall(settings.RASTER_DIR, 620)
    hidden = plan(serve="sight", mast_m=6, **asked)
    assert hidden.summary["people_gained"] == 80  # the column of parts at 640 m lies behind
    assert "tanpa terhalang medan (titik baru 60 m, tiang 6 m)" in hidden.sentence
    assert plan(serve="sight", mast_m=90, **asked).summary["people_gained"] == 100
    frame = figures(hidden, frame_of(hidden), ["calon:centre"])
    assert frame["people_gained"] == 80
    for params in ({"serve": "fly"}, {"serve": "signal", "aim": "mean"}):
        with pytest.raises(BadServe):
            plan(count=1, **params)
    with pytest.raises(BadMast):
        plan(count=1, serve="sight", mast_m=0)


def test_an_imported_raster_of_people_takes_the_place_of_the_cells(tmp_path: Path) -> None:
    band = np.full((32, 12), -99999.0)
    band[31, 0] = 50  # the cell round the hotspot
    band[31, 9] = 70  # round 800 m, in Timur
    band[0, 11] = 900  # 1 km off the small island, over the sea
    path = raster(tmp_path / "pop.tif", band, 100.0, west=-50, north=3150)
    call_command("load_people_raster", path, "--code", "pop-2020", "--source", "contoh")
    run = count(people="pop-2020")
    assert (run.summary["people"], run.summary["served"]) == (120, 50)
    assert run.summary["people_source"] == "pop-2020"
    assert area("kelurahan", "1.2").people == 70
    placed = plan(count=1, people="pop-2020")
    assert placed.summary["people_gained"] == 70
    with pytest.raises(NoSuchPeople):
        count(people="pop-1999")


def test_real_counts_of_a_kelurahan_take_the_place_of_its_estimate() -> None:
    Kelurahan.objects.filter(code="1.2").update(people=900)  # cells say 300
    Kelurahan.objects.filter(code="1.1").update(people=301)  # rounding
    run = count()
    assert (run.summary["people"], area("kelurahan", "1.2").people) == (300 + 900 + 30, 900)
    assert area("kelurahan", "1.1").people == 300
    assert UnderservedZone.objects.get(rank=1).people == 300  # three cells of 100, each thrice


def test_rasters_that_hold_no_people_of_the_city_are_refused(tmp_path: Path) -> None:
    args = ("--code", "x", "--source", "-")
    far = raster(tmp_path / "far.tif", np.ones((3, 3)), 100.0, west=90_000, north=0)
    below = raster(tmp_path / "below.tif", np.full((3, 3), -5.0), 100.0, west=0, north=100)
    empty = raster(tmp_path / "empty.tif", np.zeros((3, 3)), 100.0, west=0, north=100)
    (tmp_path / "text.tif").write_text("no raster")
    for path in (far, below, empty, tmp_path / "text.tif"):
        with pytest.raises(CommandError):
            call_command("load_people_raster", path, *args)


def test_piers_and_schools_draw_a_site_when_they_count_as_people() -> None:
    small = Island.objects.get(code="small")
    Pier.objects.create(code="p", name="P", island=small, geom=toy_city.at(100, 3000))
    assert WifiProposal.objects.of_run(plan(count=1).pk)[0].island == "Besar"
    run = plan(count=1, demand={"pier": 500})
    site = WifiProposal.objects.of_run(run.pk).get()
    assert (site.island, site.people_gained) == ("Kecil", 30)  # people alone are people
    assert run.summary["demand"] == {"pier": {"all": 1, "before": 0, "after": 1}}
    assert run.summary["people_gained"] == 30
    for weights in ({"cat": 1}, {"pier": -1}, {"pier": "5"}, {"pier": True}, [1]):
        with pytest.raises(BadDemandWeights):
            plan(count=1, demand=weights)


def test_a_drawn_candidate_is_a_place_like_any_other() -> None:
    big = Island.objects.get(code="big")
    WifiCandidate.objects.create(code="c", name="Calon", island=big, geom=toy_city.at(600, 0))
    run = plan(count=1, walk_m=250)
    site = WifiProposal.objects.of_run(run.pk).get()
    assert (site.candidate, site.people_gained) == ("calon:c", 300)  # 400, 600 and 800 m


def test_a_plan_tells_fairness_before_and_after() -> None:
    fair = plan(count=3).summary["equity"]
    assert fair["before"]["worst"]["none_served"] == 2
    assert fair["after"]["worst"]["none_served"] == 1
    assert fair["after"]["beyond_person_km"] == 0.0
    assert fair["before"]["beyond_person_km"] > 0
    assert fair["after"]["gini"] < fair["before"]["gini"]


def test_an_islands_first_site_does_not_make_the_way_of_the_others_longer() -> None:
    fair = plan(count=1, walk_m=250, floors={"small": 1}).summary["equity"]
    assert fair["after"]["no_way"] < fair["before"]["no_way"]
    assert fair["after"]["beyond_person_km"] <= fair["before"]["beyond_person_km"]
