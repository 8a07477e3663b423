"""The page of bins: forecasts with their doubt, silent sensors as unknown, who may see it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.gis.geos import Point
from django.utils import timezone

from layers.catalog.bin_needs import BinNeed
from layers.catalog.bins import WasteBin
from layers.geography import city
from tests.pages.planning_page import text_of

pytestmark = pytest.mark.django_db
PAGE = "/rencana/bak/"


@pytest.fixture
def bins() -> None:
    """One nearly full, one half full, one whose sensor fell silent, one that never spoke."""
    now, place = timezone.now(), Point(*city().centre, srid=4326)
    for label, fill, hours in (("A", 96, 0), ("B", 30, 0), ("C", 60, 20), ("D", None, None)):
        WasteBin.objects.create(
            label=label, capacity_l=240, fill_pct=fill, geom=place,
            sensed_at=None if hours is None else now - timedelta(hours=hours),
        )  # fmt: skip


def test_bins_are_forecast_with_interval_and_chance(client_of, bins) -> None:
    planner = client_of("planner")
    assert "Perkiraan belum dihitung" in text_of(planner.get(PAGE))
    answer = planner.post(f"{PAGE}hitung", {"jam": "12"}, follow=True)
    words = text_of(answer)
    assert "dari 4 bak mungkin meluap dalam 12 jam" in words
    assert "2 sensor diam" in words
    rows = {one["row"].label: one for one in planner.get(f"{PAGE}?bagian=semua").context["rows"]}
    assert rows["A"]["row"].hours_to_80 == 0
    low, high = rows["B"]["row"].hours_to_80_early, rows["B"]["row"].hours_to_80_late
    assert 0 <= low <= rows["B"]["row"].hours_to_80 <= high
    assert rows["A"]["overflow_pct"] > rows["B"]["overflow_pct"]


def test_a_silent_sensor_is_unknown_never_empty(client_of, bins) -> None:
    planner = client_of("planner")
    planner.post(f"{PAGE}hitung")
    page = planner.get(f"{PAGE}?bagian=diam")
    assert {one["row"].label for one in page.context["rows"]} == {"C", "D"}
    body = page.content.decode()
    table = body[body.index('id="forecasts"') :]
    table = table[: table.index("</table>")]
    assert "sensor belum pernah bicara" in table
    assert table.count("tidak diketahui") == 2
    assert "60 %" not in table


def test_wanted_bins_are_listed(client_of, bins) -> None:
    assert "Kebutuhan bak belum dihitung" in text_of(client_of("operator").get(PAGE))
    BinNeed.objects.create(
        run_number=1, rank=1, kind="missing", kelurahan="Barat", island="Besar", people=1200,
        capacity_l=0, load_l=900, wanted_l=660, mean_walk_m=310, sentence="",
        geom=Point(*city().centre, srid=4326), origin="estimated",
    )  # fmt: skip
    words = text_of(client_of("admin").get(PAGE))
    assert "Barat Besar bak baru · rata-rata 310 m jalan kaki 1.200 660" in words


def test_nonsense_is_refused_in_words(client_of, bins) -> None:
    answer = client_of("planner").post(f"{PAGE}hitung", {"jam": "besok"}, follow=True)
    assert "bilangan bulat antara 1 dan 336" in text_of(answer)


@pytest.mark.parametrize("name", ["crew", "agency"])
def test_others_find_no_forecasts(client_of, name: str) -> None:
    client = client_of(name)
    assert client.get(PAGE).status_code == 404
    assert client.post(f"{PAGE}hitung").status_code == 404
