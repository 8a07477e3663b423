"""A planner's questions as data: asked, looked at, taken back, and only by planners."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from spatial_analysis.models import Run, RunState
from spatial_analysis.study import perform
from tests.spatial_analysis import toy_city

pytestmark = pytest.mark.django_db
RUNS = "/api/analysis/runs"
QUESTION = {"study": "wifi_placement", "params": {"count": 1, "walk_m": 250}, "seed": 7}


@pytest.fixture
def planner(client_of) -> Client:
    toy_city.build()
    return client_of("planner")


def _post(client: Client, body: object):
    text = body if isinstance(body, str) else json.dumps(body)
    return client.post(RUNS, text, content_type="application/json")


def test_a_question_is_queued_answered_and_its_rows_are_taken(planner: Client) -> None:
    asked = _post(planner, QUESTION)
    assert asked.status_code == 202
    address = asked["Location"]
    waiting = planner.get(address).json()
    assert (waiting["state"], waiting["params"], waiting["seed"]) == (
        "queued", {"count": 1, "walk_m": 250}, 7,
    )  # fmt: skip
    run = perform(Run.objects.get(pk=waiting["id"]))
    told = planner.get(address).json()
    assert (told["state"], told["digest"], told["progress_pct"]) == ("done", run.digest, 100)
    assert told["summary"]["people_gained"] == 200
    rows = planner.get(told["rows"]).json()
    assert len(rows["features"]) == 1
    assert planner.get(address)["Cache-Control"] == "private, no-store"


def test_a_question_is_taken_back(planner: Client) -> None:
    address = _post(planner, QUESTION)["Location"]
    assert planner.delete(address).json()["state"] == "cancelled"
    assert perform(Run.objects.get()).state == RunState.CANCELLED


def test_the_same_question_has_the_same_digest(planner: Client) -> None:
    for _ in range(2):
        _post(planner, QUESTION)
    first, second = (perform(run) for run in Run.objects.order_by("pk"))
    assert first.digest == second.digest


@pytest.mark.parametrize(
    "body",
    ["", "[1]", '{"study": "wifi_placement", "study": "x"}', {"study": "incident_heat"},
     {**QUESTION, "params": []}, {**QUESTION, "seed": -1}, {**QUESTION, "colour": 1}],
)  # fmt: skip
def test_what_is_no_question_is_refused(planner: Client, body: object) -> None:
    assert _post(planner, body).status_code == 400
    assert not Run.objects.exists()


def test_others_ask_and_see_nothing(planner: Client, client_of) -> None:
    address = _post(planner, QUESTION)["Location"]
    for name in ("operator", "crew", "agency"):
        other = client_of(name)
        assert (_post(other, QUESTION).status_code, other.get(address).status_code) == (404, 404)
    assert client_of("visitor").get(address).status_code == 302
    assert Run.objects.count() == 1


def test_a_study_of_others_is_not_told_here(planner: Client) -> None:
    run = Run.objects.create(study="incident_heat")
    assert planner.get(f"{RUNS}/{run.pk}").status_code == 404
