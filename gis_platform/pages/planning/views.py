"""The planner's page: who is served, where the gaps are, and where the next sites should stand."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gis_platform.maps import map_config
from gis_platform.pages.planning import candidates, compare, equity, exports, finding, forms, more
from layers.catalog.facilities import Facility
from layers.catalog.underserved_zones import UnderservedZone
from layers.catalog.wifi import WifiHotspot, WifiStatus
from layers.catalog.wifi_candidates import WifiCandidate
from layers.catalog.wifi_proposals import WifiProposal
from layers.catalog.wifi_service import ServiceLevel, WifiService
from layers.errors import NotFound, PlatformError
from layers.gate.whole import whole
from spatial_analysis import progress as run_progress
from spatial_analysis import scenarios, study, tasks
from spatial_analysis.models import Run, RunState, WifiScenario
from spatial_analysis.studies import wifi_said
from spatial_analysis.studies.wifi_costs import areas_of, read_costs

LAYERS = (
    "wifi-service", "wifi-service-islands", "underserved-zones", "wifi-hotspots", "wifi-signal",
    "wifi-candidates", "facilities", "population", "streets",
)  # fmt: skip
SHOWN = ("underserved-zones", "wifi-hotspots")
HEAVY_CANDIDATES = 1_500  # more are worked out by the worker, not while the browser waits
ZONES_SHOWN, OTHERS_SHOWN, DRAWN_SHOWN = 40, 10, 50


@require_safe
def wifi(request: HttpRequest) -> HttpResponse:
    """The page; `?hitung=` names the placement to show."""
    run = finding.asked(request.GET.get("hitung"))
    return render(request, "planning/wifi.html", _context(request, run))


@require_POST
def place(request: HttpRequest) -> HttpResponse:
    """Work a placement out, then show it; a heavy one goes to the worker."""
    run = study.ask("wifi_placement", forms.params_of(request.POST), by=request.user)
    if Facility.objects.count() > HEAVY_CANDIDATES:
        tasks.perform_run.enqueue(run.pk)
    else:
        tasks.perform_run.call(run.pk)
    return _to(run)


@require_POST
def recount(request: HttpRequest) -> HttpResponse:
    """Count anew who is served; a refusal leaves the last count as it is."""
    try:
        run = study.perform(
            study.ask("underserved_zones", forms.count_of(request.POST), by=request.user)
        )
    except PlatformError as refusal:
        messages.error(request, refusal.said())
    else:
        messages.success(request, wifi_said.sentence_of(run))
    return redirect("rencana-wifi")


@require_safe
def progress(request: HttpRequest, number: int) -> HttpResponse:
    """How far a placement is (a fragment that asks again until it is done)."""
    study.close_deserted()
    run = finding.asked(str(number))
    if run is not None and run.state in (RunState.QUEUED, RunState.RUNNING):
        return render(request, "planning/progress.html", {"run": run})
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = finding.address(run)
    return answer


@require_POST
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    """Take a question back that waits or is being worked out."""
    run = finding.asked(str(number))
    if run is None:
        raise NotFound
    return _to(run_progress.cancel(run))


@require_POST
def keep(request: HttpRequest, number: int) -> HttpResponse:
    """Keep a placement by name."""
    run = finding.known(number)
    name = request.POST.get("nama", "").strip()[:60] or _("Skenario {n}").format(n=run.pk)
    if scenarios.is_taken(run=run, name=name):
        messages.error(request, scenarios.NameTaken().said())
        return _to(run)
    scenario = scenarios.keep(run=run, name=name, by=request.user)
    messages.success(request, _("Skenario “{name}” disimpan.").format(name=scenario.name))
    return _to(run)


@require_POST
def approve(request: HttpRequest, number: int) -> HttpResponse:
    """Make a scenario the plan that every map shows; asks first where posters would be orphaned."""
    scenario = WifiScenario.objects.filter(pk=number).select_related("run").first()
    if scenario is None:
        raise NotFound
    gone = scenarios.would_drop(scenario)
    if "tetap" not in request.POST and any(spot.poster_made_at for spot in gone):
        told = {"scenario": scenario, "gone": gone, "back": finding.address(scenario.run)}
        told["posters"] = sum(spot.poster_made_at is not None for spot in gone)
        return render(request, "planning/replace.html", told)
    scenario = scenarios.approve(scenario_id=number, by=request.user)
    messages.success(request, _("“{name}” kini rencana kota.").format(name=scenario.name))
    return _to(scenario.run)


@require_POST
def forget(request: HttpRequest, number: int) -> HttpResponse:
    """Take a scenario off the list."""
    scenarios.forget(scenario_id=number)
    messages.success(request, _("Skenario dihapus dari daftar."))
    return redirect("rencana-wifi")


@require_safe
def side_by_side(request: HttpRequest) -> HttpResponse:
    """Two plans on one map with a line to draw across it: `?kiri=` and `?kanan=` are runs."""
    runs = [finding.known(_number(request.GET.get(side))) for side in ("kiri", "kanan")]
    kept = {one.run_id: one for one in WifiScenario.objects.select_related("run")}
    columns = [compare.column_of(run, kept.get(run.pk)) for run in runs]
    rows = [list(WifiProposal.objects.of_run(run.pk)) for run in runs]
    return render(
        request,
        "planning/side_by_side.html",
        {
            "columns": columns,
            "comparison": compare.rows_of(columns),
            "pins": [exports.geojson(*pair) for pair in zip(runs, rows, strict=True)],
            "map_config": map_config(request, LAYERS, ("wifi-hotspots",)),
        },
    )


def _number(text: str | None) -> int:
    found = whole(text)
    if found is None:
        raise NotFound
    return found


@require_safe
def export(request: HttpRequest, number: int, form: str) -> HttpResponse:
    """The sites of a placement as geojson, csv, xlsx or pdf."""
    run = finding.known(number)
    rows = list(WifiProposal.objects.of_run(run.pk))
    kept = WifiScenario.objects.filter(run=run).first()
    if form == "geojson":
        answer: HttpResponse = JsonResponse(
            exports.geojson(run, rows), content_type="application/geo+json",
            json_dumps_params={"ensure_ascii": False},
        )  # fmt: skip
    elif form == "csv":
        answer = HttpResponse(exports.csv_text(run, rows), content_type="text/csv; charset=utf-8")
    elif form == "xlsx":
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        answer = HttpResponse(exports.workbook(run, rows), content_type=kind)
    elif form == "pdf":
        from gis_platform.pages.planning.plan_pdf import plan_pdf  # fpdf: only when asked

        title = kept.name if kept else _("hitungan {n}").format(n=run.pk)
        answer = HttpResponse(plan_pdf(run, rows, title), content_type="application/pdf")
    else:
        raise NotFound
    name = slugify(kept.name) if kept else f"hitungan-{run.pk}"
    answer["Content-Disposition"] = f'attachment; filename="rencana-wifi-{name}.{form}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _to(run: Run) -> HttpResponse:
    return redirect(finding.address(run))


def _context(request: HttpRequest, run: Run | None) -> dict[str, Any]:
    done = run if run and run.state == RunState.DONE else None
    rows = list(WifiProposal.objects.of_run(done.pk)) if done else []
    service = list(WifiService.objects.of(ServiceLevel.KELURAHAN).order_by("share_pct", "-people"))
    islands = list(WifiService.objects.of(ServiceLevel.ISLAND).order_by("-people"))
    costs = read_costs()
    kept = list(WifiScenario.objects.select_related("run", "saved_by", "approved_by"))
    columns = compare.columns_of(kept, done)
    counted = study.latest("underserved_zones")
    zones = UnderservedZone.objects.all()
    return {
        "run": run,
        "done": done,
        "refusal": wifi_said.refusal_said(run) if run and run.state == RunState.REFUSED else [],
        "meant": wifi_said.meant_said(done.summary) if done else "",
        "sites": [_site(row, done) for row in rows] if done else [],
        "pins": exports.geojson(done, rows) if done else None,
        "prices": _prices(done),
        "others": [
            other | {"why": wifi_said.why_said(other)}
            for other in (done.summary.get("others", [])[:OTHERS_SHOWN] if done else [])
        ],
        "scenario": next((one for one in kept if done and one.run_id == done.pk), None),
        "columns": columns,
        "comparison": compare.rows_of(columns) if columns else [],
        "islands": islands,
        "service": service,
        "kecamatan": WifiService.objects.of(ServiceLevel.KECAMATAN).order_by("share_pct"),
        "zones": zones[:ZONES_SHOWN],
        "zone_count": zones.count(),
        "planned": WifiHotspot.objects.filter(status=WifiStatus.PLANNED).order_by("name"),
        "posters": WifiHotspot.objects.working().order_by("name").only("code", "name"),
        "counted": counted,
        "counted_said": wifi_said.sentence_of(counted) if counted else "",
        "equity": equity.panel(counted),
        "more": more.panel(run, counted, costs),
        "params": run.params if run else {"budget_idr": None, "walk_m": 400},
        "floors": forms.floor_fields(
            areas_of(costs, {row.code: row.name for row in islands}), run.params if run else {}
        ),
        "wishes": _wishes(run, rows),
        "drawn": WifiCandidate.objects.select_related("island").order_by("-pk")[:DRAWN_SHOWN],
        "uploads": candidates.waiting(),
        "script": _script(done),
        "costs": costs,
        "map_config": map_config(request, LAYERS, SHOWN),
    }


def _script(run: Run | None) -> dict[str, Any]:
    """Addresses and words of the page's scripts."""
    pages = {"candidates": reverse("rencana-wifi-calon")}
    if run is not None:
        pages |= {
            "sites": reverse("rencana-wifi-tempat", args=[run.pk]),
            "arrangement": reverse("rencana-wifi-susunan", args=[run.pk]),
        }
    words = {
        "must": _("Wajib:"), "forbidden": _("Jangan:"), "take": _("Wajib"), "refuse": _("Jangan"),
        "power": _("listrik {h} jam"), "gain": _("warga bertambah"), "money": _("biaya"),
        "sites": _("titik"), "moved": _("{from} dipindah ke {to}"), "kept": _("rencana"),
        "unknown": _("Tidak ada calon dengan nama itu; pilih dari daftar."),
        "none": _("Tidak ada calon lain ke arah itu."), "change": _("diubah"),
        "added": _("{name} masuk daftar; tekan “Hitung rencana”."),
        "click": _("Klik tempatnya di peta, atau pakai tengah peta."), "area": _("Pulau"),
    }  # fmt: skip
    return {"pages": pages, "words": words}


def _site(row: WifiProposal, run: Run) -> dict[str, Any]:
    moves = run.summary.get("moves", {}).get(row.candidate, [])
    said = wifi_said.row_said(row, run)
    return {"row": row, "said": said, "moves": moves, "cost_million": row.cost_idr / 1e6}


def _wishes(run: Run | None, rows: list[WifiProposal]) -> list[dict[str, str]]:
    """Sites asked for or turned down so far, with their names where they are known."""
    if run is None:
        return []
    names = {row.candidate: row.name for row in rows}
    names |= {other["code"]: other["name"] for other in run.summary.get("others", [])}
    return [
        {"field": field, "code": code, "name": names.get(code, code.partition(":")[2])}
        for field, key in (("wajib", "must"), ("tolak", "forbidden"))
        for code in run.params.get(key, ())
    ]


def _prices(run: Run | None) -> list[dict[str, Any]]:
    """Rules that bind, in words, with the people they cost."""
    if run is None:
        return []
    names = {f"floor:{area['code']}": area["name"] for area in run.summary["areas"]}
    words = {"budget": _("Anggaran 10 % lebih besar"), "count": _("Satu titik lagi"),
             "spacing": _("Tanpa jarak antartitik")}  # fmt: skip
    words |= {key: _("Tanpa batas {name}").format(name=name) for key, name in names.items()}
    found = []
    for rule, people in run.summary["prices"].items():
        kind = rule.partition(":")[0]
        other = _("Tanpa titik wajib") if kind == "must" else _("Tanpa titik terlarang")
        found.append({"label": words.get(rule, other), "people": people})
    return sorted(found, key=lambda one: -one["people"])
