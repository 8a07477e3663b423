"""The crew's outbox at the server: each act once, in its time, whatever was published meanwhile."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from layers.catalog.bins import WasteBin
from layers.catalog.rounds import actions
from layers.catalog.rounds.models import Round, RoundPlan, RoundStop, StopEvent
from spatial_analysis import study
from tests.pages.test_rounds import media, next_stop, picture, published
from tests.round_town import RoundTown, build_round_town

pytestmark = pytest.mark.django_db
__all__ = ["media"]


@pytest.fixture
def town(db: None) -> RoundTown:
    return build_round_town()


@pytest.fixture
def crew(person):
    return person("crew")


@pytest.fixture
def phone(client, crew):
    client.force_login(crew)
    return client


def hours_old(round_: Round) -> Round:
    """Give a round that was published five hours ago."""
    early = timezone.now() - timedelta(hours=5)
    RoundPlan.objects.filter(pk=round_.plan_id).update(published_at=early)
    return round_


def act(stop: RoundStop, what: str, key: str = "11111111-aaaa", **more: object) -> dict:
    return {"perhentian": stop.pk, "laku": what, "kunci": key, "umur_s": 0, **more}


def test_an_act_sent_three_times_is_one_event_and_one_photo(town: RoundTown, crew, phone):
    stop = next_stop(published(town, crew=crew))
    answers = [phone.post("/kru/kirim/", act(stop, "selesai", foto=picture())) for _ in range(3)]
    assert [a.status_code for a in answers] == [200, 200, 200]
    assert {a.json()["key"] for a in answers} == {"11111111-aaaa"}
    assert {a.json()["state"] for a in answers} == {"done"}
    assert StopEvent.objects.filter(stop=stop).count() == 1


def test_an_act_made_two_hours_ago_carries_that_hour(town: RoundTown, crew, phone):
    stop = next_stop(hours_old(published(town, crew=crew)))
    phone.post("/kru/kirim/", act(stop, "selesai", umur_s=7200, foto=picture()))
    stop.refresh_from_db()
    away = timezone.now() - stop.state_at
    assert timedelta(minutes=119) < away < timedelta(minutes=121)


def test_a_phone_whose_clock_was_set_cannot_act_before_its_plan_nor_end_before_it_began(
    town: RoundTown, crew, phone
):
    stop = next_stop(published(town, crew=crew))
    phone.post("/kru/kirim/", act(stop, "mulai", key="22222222-a", umur_s=40_000))
    phone.post("/kru/kirim/", act(stop, "selesai", umur_s=90_000, foto=picture()))
    begun, ended = StopEvent.objects.filter(stop=stop).order_by("pk")
    assert RoundPlan.objects.get().published_at <= begun.at <= ended.at


def test_a_stop_that_two_pages_begin_is_begun_once(town: RoundTown, crew, phone):
    stop = next_stop(published(town, crew=crew))
    answers = [
        phone.post("/kru/kirim/", act(stop, "mulai", key=f"{i}{i}{i}{i}-page")) for i in (1, 2)
    ]
    assert [answer.json()["state"] for answer in answers] == ["started", "started"]
    assert StopEvent.objects.filter(stop=stop).count() == 1


def test_a_late_act_does_not_overwrite_a_newer_reading_of_the_bin(town: RoundTown, crew, phone):
    stop = next_stop(hours_old(published(town, crew=crew)))
    newer = timezone.now() - timedelta(minutes=10)
    WasteBin.objects.filter(pk=stop.bin_id).update(fill_pct=12, sensed_at=newer)
    phone.post("/kru/kirim/", act(stop, "selesai", umur_s=3600, foto=picture()))
    row = WasteBin.objects.get(pk=stop.bin_id)
    assert (row.fill_pct, row.sensed_at) == (12, newer)


def test_what_a_phone_without_network_did_closes_the_stop_of_the_new_plan_too(
    town: RoundTown, crew, phone
):
    round_ = published(town, crew=crew)
    stop = next_stop(round_)
    run = study.perform(study.ask("bin_rounds", {"on": round_.plan.on.isoformat()}, seed=2))
    later = actions.publish(plan=RoundPlan.objects.get(pk=run.summary["plan"]), at=timezone.now())
    answer = phone.post("/kru/kirim/", act(stop, "selesai", umur_s=600, foto=picture()))
    assert answer.status_code == 200
    twin = RoundStop.objects.get(round__plan=later, bin_id=stop.bin_id)
    stop.refresh_from_db()
    assert (stop.state, twin.state) == ("done", "done")


@pytest.mark.parametrize(
    "wrong",
    [{"laku": "hapus"}, {"perhentian": "x"}, {"kunci": "pendek"}, {"umur_s": "-5"}, {"kunci": ""}],
)
def test_a_broken_act_is_refused_with_a_sentence(town: RoundTown, crew, phone, wrong):
    stop = next_stop(published(town, crew=crew))
    answer = phone.post(
        "/kru/kirim/", act(stop, "mulai") | wrong, headers={"accept": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["code"] == "BAD_ACT"
    assert StopEvent.objects.count() == 0


def test_a_stop_of_another_crew_answers_like_a_missing_one(town: RoundTown, crew, client_of):
    stop = next_stop(published(town))
    assert client_of("operator").post("/kru/kirim/", act(stop, "mulai")).status_code == 404
    stranger = Client()
    stranger.force_login(crew)  # crews no vehicle of this plan
    assert stranger.post("/kru/kirim/", act(stop, "mulai")).status_code == 404
    stop.refresh_from_db()
    assert stop.state == "planned"


def test_skipping_through_the_outbox_orders_the_rest_anew(town: RoundTown, crew, phone):
    round_ = published(town, crew=crew)
    stop = next_stop(round_)
    answer = phone.post("/kru/kirim/", act(stop, "lewati", sebab="blocked"))
    assert answer.json()["replanned"] is True
    again = phone.post("/kru/kirim/", act(stop, "lewati", sebab="blocked"))
    assert again.json()["replanned"] is False
    assert next_stop(Round.objects.get(pk=round_.pk)).pk != stop.pk


def test_the_pack_holds_the_streets_and_coast_of_the_rounds_island_alone(
    town: RoundTown, crew, phone
):
    round_ = published(town, crew=crew)
    body = phone.get(f"/kru/{round_.pk}/bekal.json").json()
    kinds = [f["properties"]["what"] for f in body["features"]]
    assert kinds.count("coast") == 1
    assert kinds.count("street") == 10
    names = {f["properties"]["name"] for f in body["features"]}
    assert names == {"besar", "Jalan Panjang", "Sini - Sana"}


def test_the_service_worker_names_every_file_of_the_page_and_each_can_be_had(client):
    text = client.get("/kru/sw.js").content.decode()
    files = json.loads(re.search(r"const SHELL = (\[.*?\]);", text)[1])
    for needed in ("crew.mjs", "rounds.mjs", "map.mjs", "words.mjs", "crew_pack.mjs", "page.css",
                   "maplibre-gl.mjs", "pekerja-peta.mjs", "crew_outbox.js"):  # fmt: skip
        assert any(name.endswith(needed) for name in files), needed
    assert client.get("/kru/pekerja-peta.mjs").headers["Content-Type"].startswith("text/javascript")


def test_the_manifest_opens_the_crews_page_and_its_icons_are_files(client):
    body = client.get("/kru/aplikasi.webmanifest").json()
    assert (body["start_url"], body["scope"], body["display"]) == ("/kru/", "/kru/", "standalone")
    assert {icon["sizes"] for icon in body["icons"]} == {"192x192", "512x512", "any"}
