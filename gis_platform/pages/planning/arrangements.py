"""Moving sites of a placement about: where they may stand, what another arrangement gives."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gis_platform.pages.planning.finding import known
from layers.catalog.places import Island
from layers.errors import BadInput
from spatial_analysis import study, tasks
from spatial_analysis.studies.number_words import rupiah, whole
from spatial_analysis.studies.wifi_candidates import places
from spatial_analysis.studies.wifi_moves import Frame, figures, frame_of
from spatial_analysis.studies.wifi_placement import MOST_SITES

KINDS = ("tempat", "hidupkan", "rencana", "calon", "kelurahan")


class TooManySites(BadInput):
    """Paling banyak 500 titik sekali hitung."""

    code = "TOO_MANY_SITES"


@require_safe
def candidates(request: HttpRequest) -> HttpResponse:
    """Every place that a plan may choose now, as GeoJSON: facilities, hotspots, drawn ones."""
    islands = dict(Island.objects.values_list("pk", "name"))
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [round(x, 6), round(y, 6)]},
            "properties": {
                "code": f"{kind}:{code}", "name": name, "power_hours": hours,
                "island": islands.get(island, ""), "kind": kind, "origin": origin,
            },
        }
        for kind, (code, name, hours, island, _home, origin), (x, y) in places()
    ]  # fmt: skip
    return _private({"type": "FeatureCollection", "features": features})


@require_safe
def sites(request: HttpRequest, number: int) -> HttpResponse:
    """Candidates of one run with place, price and the people that each reaches alone."""
    frame = frame_of(known(number))
    return _private({"candidates": [_row(frame, i) for i in range(len(frame.about["candidates"]))]})


def _row(frame: Frame, number: int) -> dict[str, Any]:
    reached = frame.reached(number)
    alone = float(frame.people[reached][~frame.before[reached]].sum())
    return frame.about["candidates"][number] | {"alone": round(alone)}


@require_safe
def arrangement(request: HttpRequest, number: int) -> HttpResponse:
    """Figures of `?titik=a&titik=b`: people, money, areas, rules broken; in the reader's words."""
    run = known(number)
    codes = _codes(request.GET.getlist("titik"))
    found = figures(run, frame_of(run), codes)
    found["money"] = rupiah(found["spent_idr"])
    found["warnings"] = [_warning(rule) for rule in found["broken"]]
    return _private(found)


def _codes(asked: list[str]) -> list[str]:
    if len(asked) > MOST_SITES:
        raise TooManySites
    return asked


def _warning(rule: dict[str, Any]) -> str:
    match rule["kind"]:
        case "budget":
            return _("lewat anggaran {money}").format(money=rupiah(rule["by"]))
        case "count":
            return _("{n} titik lebih dari yang diminta").format(n=whole(rule["by"]))
        case "spacing":
            return _("{names}: {m} m terlalu dekat").format(names=rule["name"], m=whole(rule["by"]))
        case _:
            return _("{name}: kurang {n} titik").format(name=rule["name"], n=whole(rule["by"]))


@require_POST
def adopt(request: HttpRequest, number: int) -> HttpResponse:
    """Work the moved arrangement out as a placement of its own; its rules are those sites alone."""
    run = known(number)
    codes = sorted(set(_codes(request.POST.getlist("titik"))))
    spent = figures(run, frame_of(run), codes)["spent_idr"]
    budget = run.params.get("budget_idr")
    params = {
        name: value
        for name, value in run.params.items()
        if name
        in ("walk_m", "demand", "people", "power_h", "solar", "backup_pct", "serve", "mast_m")
    } | {
        "budget_idr": None if budget is None else max(budget, spent),
        "count": len(codes),
        "must": codes,
        "moved_from": run.pk,
    }
    made = study.ask("wifi_placement", params, by=request.user)
    tasks.perform_run.call(made.pk)
    return redirect(f"{reverse('rencana-wifi')}?hitung={made.pk}")


def _private(body: dict[str, Any]) -> JsonResponse:
    answer = JsonResponse(body)
    answer["Cache-Control"] = "private, no-store"
    return answer
