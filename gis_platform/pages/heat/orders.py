"""What an operator does about an answer: one cluster, alarm or leak, and the work it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gis_platform.pages.heat import answers, lists
from gis_platform.pages.heat.causes import causes
from gis_platform.pages.heat.filters import HIDDEN_FOR, Filters
from layers.access import Role, roles_of
from layers.catalog.agencies import Agency
from layers.catalog.categories import Category
from layers.catalog.incident_alarms import IncidentAlarm
from layers.catalog.incident_clusters import IncidentCluster
from layers.catalog.suspected_leaks import SuspectedLeak
from layers.catalog.work_orders import WORKING, WorkOrder, create_from_cluster, may_be_ordered
from layers.errors import NotFound
from spatial_analysis.models import Run
from spatial_analysis.studies.incident_said import sentence_of

MOST_REPORTS = 200
WATER = "air-bersih"
Found = IncidentCluster | IncidentAlarm | SuspectedLeak


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding: its rows, the study behind them, and the beginning of order keys."""

    rows: Any
    study: str
    prefix: str


KINDS = {
    "klaster": Kind(IncidentCluster.objects, "incident_clusters", ""),
    "naik": Kind(IncidentAlarm.objects, "incident_alarms", "alarm:"),
    "bocor": Kind(SuspectedLeak.objects, "water_leaks", "bocor:"),
}


@require_safe
def finding(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """One finding: its figures, its reports, what it may come from, the way to a work order."""
    return _answer(request, _details(request, kind, *_found(request, kind, pk)))


@require_POST
def order(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Make a work order for an agency from a finding; asking again gives the same one."""
    found, run = _found(request, kind, pk)
    category = Category.objects.filter(pk=_category(found)).first()
    create_from_cluster(
        cluster_key=_order_key(kind, found),
        place=_centre(found),
        category=category.pk if category else "",
        words=_words(found, category),
        agency=_agency(request, category),
        report_ids=list(found.reports.values_list("pk", flat=True)),
        run_digest=run.digest,
    )
    if request.POST.get("kembali") == "alarm":
        return redirect("panas-alarm")
    return _answer(request, _details(request, kind, found, run))


def _answer(request: HttpRequest, details: dict[str, Any]) -> HttpResponse:
    """The part that the map's page fetches; a page of its own where a browser opens the link."""
    if "text/html" not in request.headers.get("Accept", ""):
        return render(request, "heat/finding.html", details)
    place = _centre(details["cluster"])
    desk = reverse("panas" if roles_of(request.user) & {Role.OPERATOR, Role.ADMIN} else "analisis")
    details["map_address"] = f"{desk}#15/{place.y:.5f}/{place.x:.5f}"
    return render(request, "heat/finding_page.html", details)


@require_safe
def alarms(request: HttpRequest) -> HttpResponse:
    """What rose this week, as a list to hand on: the standing answer of the prospective scans."""
    filters = Filters.of(request.GET, roles_of(request.user))
    run = answers.answered("incident_alarms", filters)
    page = lists.page_of(lists.LISTINGS["alarms"], run, request.GET) if run else None
    rows = page.object_list if page else []
    keys = {row.pk: _order_key("naik", row) for row in rows}
    orders = {
        made.cluster_key: made
        for made in WorkOrder.objects.filter(cluster_key__in=keys.values()).order_by("pk")
    }
    offices = {row.pk: row.default_agency for row in Category.objects.select_related()}
    for row in rows:
        row.order, row.office = orders.get(keys[row.pk]), offices.get(row.category)
    context = {
        "run": run,
        "said": sentence_of(run) if run else "",
        "rows": rows,
        "page": page,
        "agencies": Agency.objects.order_by("name"),
        "may_order": bool(roles_of(request.user) & HIDDEN_FOR),
    }
    return render(request, "heat/alarms.html", context)


def _found(request: HttpRequest, kind: str, pk: int) -> tuple[Any, Run]:
    if kind not in KINDS:
        raise NotFound
    row = KINDS[kind].rows.filter(pk=pk).first()
    if row is None:
        raise NotFound
    return row, answers.seen(request, row.run_number, KINDS[kind].study)


def _category(found: Found) -> str:
    return WATER if isinstance(found, SuspectedLeak) else found.category


def _centre(found: Found) -> Any:
    return found.geom if isinstance(found, SuspectedLeak) else found.centre


def _order_key(kind: str, found: Found) -> str:
    return f"{KINDS[kind].prefix}{found.key}"


def _agency(request: HttpRequest, category: Category | None) -> Agency | None:
    """The agency that was chosen, else the one that answers for the category by default."""
    code = request.POST.get("instansi", "")
    if not code:
        return category.default_agency if category else None
    chosen = Agency.objects.filter(code=code).first()
    if chosen is None:
        raise NotFound
    return chosen


def _words(found: Found, category: Category | None) -> str:
    """What the crew reads, in the city's language."""
    name = category.name if category else "Laporan"
    where = found.area or found.island
    return f"{name}: {found.n} laporan dari {found.n_reporters} pelapor, {where}"


def _details(request: HttpRequest, kind: str, found: Any, run: Run) -> dict[str, Any]:
    newest = found.reports.select_related("category").order_by("-received_at", "-pk")
    reports = [
        (report, _(report.public_state.replace("_", " ")), report.public_state.replace("_", "-"))
        for report in newest[:MOST_REPORTS]
    ]
    roles = roles_of(request.user)
    code = _category(found)
    category = Category.objects.filter(pk=code).select_related("default_agency").first()
    return {
        "kind": kind,
        "cluster": found,
        "run": run,
        "category_name": answers.category_names().get(code, code),
        "category_n": getattr(found, "category_n", found.n),
        "causes": causes(found, open_words=bool(roles & HIDDEN_FOR)) if kind == "klaster" else [],
        "reports": reports,
        "reports_n": newest.count(),
        "order": WorkOrder.objects.filter(
            cluster_key=_order_key(kind, found), state__in=WORKING
        ).first(),
        "agencies": Agency.objects.order_by("name"),
        "office": category.default_agency if category else None,
        "may_order": bool(roles & HIDDEN_FOR) and may_be_ordered(category),
    }
