"""Work orders: jobs for crews that grow out of reports and clusters."""

from __future__ import annotations

from typing import Any

from django.contrib.gis.db import models
from django.contrib.gis.geos import Point
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from layers.access import Role
from layers.catalog.agencies import Agency
from layers.catalog.categories import ON_THE_PUBLIC_MAP, Category
from layers.catalog.places import Island
from layers.catalog.reports.wording import for_public
from layers.columns import STORED_SRID, geo_check, needs_field, tile_index, tile_twin
from layers.errors import NotAllowed
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme, TimeField

DEFAULT_LOAD_L = 400  # a heap that somebody bothered to report


class WorkKind(models.TextChoices):
    """What is to be done."""

    WASTE = "waste", "angkut sampah"
    REPAIR = "repair", "perbaikan"
    LEAK = "leak", "dugaan kebocoran"
    LAMP = "lamp", "lampu padam"
    CHECK = "check", "periksa di tempat"


class WorkState(models.TextChoices):
    """How far the job is."""

    OPEN = "open", "terbuka"
    ROUTED = "routed", "dalam rute"
    DONE = "done", "selesai"
    CANCELLED = "cancelled", "batal"


WORKING = (WorkState.OPEN, WorkState.ROUTED)
KIND_OF_CATEGORY = {"sampah": WorkKind.WASTE, "air-bersih": WorkKind.LEAK}


class WorkOrder(models.Model):
    """One job at one place; `reports` join it and keep their own states and reporters."""

    kind = models.CharField(max_length=8, choices=WorkKind.choices)
    words = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=9, choices=WorkState.choices, default=WorkState.OPEN)
    agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT)
    island = models.ForeignKey(Island, null=True, blank=True, on_delete=models.PROTECT)
    load_l = models.PositiveIntegerField(default=0, help_text="litres to carry away")
    needs = needs_field()
    asset_key = models.CharField(max_length=80, blank=True, help_text="layer:natural key")
    cluster_key = models.CharField(max_length=80, blank=True, help_text="cluster it grew from")
    run_digest = models.CharField(max_length=64, blank=True)
    reports = models.ManyToManyField("layers.Report", blank=True, related_name="work_orders")
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    geom = models.PointField(srid=STORED_SRID)
    tile_geom = tile_twin(models.PointField)

    class Meta:
        ordering = ("-id",)
        indexes = [tile_index("workorder")]
        constraints = [
            geo_check("workorder"),
            models.UniqueConstraint(
                fields=("asset_key",),
                condition=~Q(asset_key="") & Q(state__in=WORKING),
                name="workorder_one_open_per_asset",
            ),
            models.UniqueConstraint(
                fields=("cluster_key",),
                condition=~Q(cluster_key="") & Q(state__in=WORKING),
                name="workorder_one_open_per_cluster",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"


class PlaceStaysHidden(NotAllowed):
    """Tempat laporan jenis ini dirahasiakan: teruskan ke instansi, bukan perintah kerja."""

    code = "PLACE_STAYS_HIDDEN"


def may_be_ordered(category: Category | None) -> bool:
    """False for kinds of reports whose place no map tells: orders stand on maps of all staff."""
    return category is None or category.public_precision in ON_THE_PUBLIC_MAP


def _island_at(place: Point) -> Island | None:
    return Island.objects.filter(geom__covers=place).first()


@transaction.atomic
def create_from_cluster(
    *,
    cluster_key: str,
    place: Point,
    category: str = "",
    words: str = "",
    agency: Agency | None = None,
    report_ids: list[int] | None = None,
    run_digest: str = "",
    load_l: int | None = None,
) -> WorkOrder:
    """One open order for a cluster: asking twice returns the first one.

    Raises PlaceStaysHidden.
    """
    if not may_be_ordered(Category.objects.filter(pk=category).first()):
        raise PlaceStaysHidden
    kind = KIND_OF_CATEGORY.get(category, WorkKind.CHECK)
    carried = DEFAULT_LOAD_L * max(1, len(report_ids or ())) if kind == WorkKind.WASTE else 0
    order, made = WorkOrder.objects.get_or_create(
        cluster_key=cluster_key,
        state__in=WORKING,
        defaults={
            "state": WorkState.OPEN,
            "kind": kind,
            "words": words[:300],
            "agency": agency,
            "island": _island_at(place),
            "load_l": carried if load_l is None else load_l,
            "run_digest": run_digest,
            "made_at": timezone.now(),
            "geom": place,
        },
    )
    if made and report_ids:
        order.reports.set(report_ids)
    return order


@transaction.atomic
def create_from_report(report: Any, *, load_l: int | None = None) -> WorkOrder:
    """Order for one report with a place; a report already in an open order returns that one.

    Its words are those for the public: of a reporter's own, numbers and e-mail addresses are
    taken out. Raises PlaceStaysHidden.
    """
    if not may_be_ordered(report.category):
        raise PlaceStaysHidden
    open_one = WorkOrder.objects.filter(reports=report, state__in=WORKING).first()
    if open_one is not None:
        return open_one
    kind = KIND_OF_CATEGORY.get(report.category_id, WorkKind.REPAIR)
    order = WorkOrder.objects.create(
        kind=kind,
        words=(report.public_words or for_public(report.words))[:300],
        island_id=report.island_id,
        load_l=(DEFAULT_LOAD_L if kind == WorkKind.WASTE else 0) if load_l is None else load_l,
        made_at=timezone.now(),
        geom=report.geom,
    )
    order.reports.add(report)
    return order


def open_waste_orders() -> models.QuerySet[WorkOrder]:
    """Waste to fetch that no route carries yet, oldest first."""
    return WorkOrder.objects.filter(kind=WorkKind.WASTE, state=WorkState.OPEN).order_by("made_at")


LAYER = register(
    Layer(
        slug="work-orders",
        title="Perintah kerja",
        title_en="Work orders",
        summary="Pekerjaan dari laporan dan kelompok laporan.",
        rows=WorkOrder.objects.all,
        public_fields=("kind", "state", "load_l", "words", "made_at"),
        viewers=frozenset(
            {Role.OPERATOR, Role.CREW, Role.PLANNER, Role.AGENCY, Role.ADMIN}
        ),
        tiles=FeatureTiles(min_zoom=10),
        symbol=Symbol(
            "square",
            (
                LegendEntry("Terbuka", "#b3261e", "open", "Open"),
                LegendEntry("Dalam rute", "#0b6e8f", "routed", "On a route"),
                LegendEntry("Selesai", "#1d7a4c", "done", "Done"),
                LegendEntry("Batal", "#8d99a5", "cancelled", "Cancelled"),
            ),
            by="state",
        ),
        attribution="Meja laporan",
        theme=Theme.WORK,
        time=TimeField("made_at"),
    )
)  # fmt: skip
