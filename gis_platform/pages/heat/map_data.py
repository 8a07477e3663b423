"""What the map of the heat pages draws: cells with their days, clusters with their marks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.gis.db.models.functions import AsGeoJSON, Centroid
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from layers.catalog.heat_contours import HeatContour
from layers.catalog.incident_alarms import IncidentAlarm
from layers.catalog.incident_cells import Grade, IncidentCell
from layers.catalog.incident_changes import ChangeKind, IncidentChange
from layers.catalog.incident_clusters import ClusterEvent, IncidentCluster
from layers.catalog.incident_histories import IncidentHistory
from layers.catalog.places import Kelurahan
from layers.catalog.street_heat import StreetHeat
from layers.catalog.suspected_leaks import SuspectedLeak
from spatial_analysis.models import Run
from spatial_analysis.studies.incident_days import cell_days

CELL_FIELDS = (
    "cell", "island", "n", "n_before", "window_n", "expected", "gi_star_z", "p_adjusted", "grade",
    "stability", "m_tests",
)  # fmt: skip
SQUARE_KM, WEEK = 1e6, 7


def with_areas(cells: QuerySet[IncidentCell]) -> QuerySet[IncidentCell]:
    """Cells with the name of the kelurahan that their middle lies in (None off every one)."""
    here = Kelurahan.objects.filter(geom__intersects=OuterRef("middle")).order_by("code")
    return cells.annotate(middle=Centroid("geom"), area=Subquery(here.values("name")[:1]))


def cells_of(run: Run) -> QuerySet[IncidentCell]:
    """Cells of an answer that say something: reports in them, before, or a call."""
    return IncidentCell.objects.filter(question=run.summary["question"]).filter(
        Q(n__gt=0) | Q(n_before__gt=0) | ~Q(grade=Grade.TOO_FEW)
    )


def clusters_of(run: Run) -> QuerySet[IncidentCluster]:
    """Clusters of an answer, strongest first."""
    rows = IncidentCluster.objects.filter(question=run.summary["question"])
    return rows.order_by("rank")


def cells_json(run: Run) -> dict[str, Any]:
    """Features in the order of their cells' names, and [feature, day, reports] for the slider."""
    shape = AsGeoJSON(F("geom"), precision=6)
    rows = list(
        with_areas(cells_of(run))
        .order_by("cell")
        .annotate(_shape=shape)
        .values("_shape", "area", *CELL_FIELDS)
    )
    days = cell_days(run)
    counts = [
        [number, day, n] for number, row in enumerate(rows) for day, n in days.get(row["cell"], ())
    ]
    km2 = run.summary["spacing_m"] ** 2 * 3**0.5 / 2 / SQUARE_KM
    features = [_feature(number, row) for number, row in enumerate(rows)]
    return {"type": "FeatureCollection", "features": features, "counts": counts, "cell_km2": km2,
            "first": run.summary["first"], "days": run.summary["days"]}  # fmt: skip


def _feature(number: int, row: dict[str, Any]) -> dict[str, Any]:
    shape = json.loads(row.pop("_shape"))
    rounded = {name: round(value, 4) if isinstance(value, float) else value
               for name, value in row.items()}  # fmt: skip
    rounded["change"] = row["n"] - row["n_before"]
    return {"type": "Feature", "id": number, "geometry": shape, "properties": rounded}


def clusters_json(run: Run) -> dict[str, Any]:
    """Outlines of clusters; `id` is the row's key, which the list twin carries too."""
    shape = AsGeoJSON(F("geom"), precision=6)
    features = [
        {
            "type": "Feature",
            "id": cluster.pk,
            "geometry": json.loads(cluster._shape),
            "properties": {
                "pk": cluster.pk, "n": cluster.n, "p": cluster.p, "rank": cluster.rank,
                "first": int(cluster.first_at.timestamp() * 1000),
                "last": int(cluster.last_at.timestamp() * 1000),
                "badge": f"{cluster.n}{ARROWS[cluster.trend]}",
                "lon": cluster.centre.x, "lat": cluster.centre.y,
            },
        }
        for cluster in clusters_of(run).annotate(_shape=shape)
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": features}


@dataclass(frozen=True, slots=True)
class More:
    """A further layer of an answer: whose rows, of which study, and the figures of each."""

    rows: Callable[[Run], QuerySet[Any]]
    study: str
    fields: tuple[str, ...]


def histories_of(run: Run) -> QuerySet[IncidentHistory]:
    """Histories of an answer: hot ones first, those of all reports before single categories."""
    rows = IncidentHistory.objects.filter(question=run.summary["question"])
    return rows.order_by("-side", "category", "-last_z", "cell")


def leaks_of(run: Run) -> QuerySet[SuspectedLeak]:
    """Suspected leaks of an answer, most people first."""
    return SuspectedLeak.objects.filter(question=run.summary["question"]).order_by("rank")


def alarms_of(run: Run) -> QuerySet[IncidentAlarm]:
    """Alarms of an answer, the least explained by chance first."""
    return IncidentAlarm.objects.filter(question=run.summary["question"]).order_by("rank")


def changes_of(run: Run) -> QuerySet[IncidentChange]:
    """Cells of two periods, the surest change first."""
    rows = IncidentChange.objects.filter(question=run.summary["question"])
    return rows.order_by("p_adjusted", "cell")


def sure_changes_of(run: Run) -> QuerySet[IncidentChange]:
    """Cells that rose or fell beyond chance."""
    return changes_of(run).filter(change__in=(ChangeKind.RISEN, ChangeKind.FALLEN))


def sure_cells_of(run: Run) -> QuerySet[IncidentCell]:
    """Cells denser or sparser than chance explains, the surest first."""
    rows = IncidentCell.objects.filter(question=run.summary["question"])
    sure = rows.exclude(grade__in=(Grade.NONE, Grade.TOO_FEW)).order_by("p_adjusted", "cell")
    return with_areas(sure)


def streets_of(run: Run) -> QuerySet[StreetHeat]:
    """Pieces of street, the hottest last, so that they lie on top."""
    return StreetHeat.objects.filter(question=run.summary["question"]).order_by("weekly_km", "pk")


def contours_of(run: Run) -> QuerySet[HeatContour]:
    """Areas of an answer's heat, the widest first, so that the narrow ones lie on top."""
    rows = HeatContour.objects.filter(question=run.summary["question"])
    return rows.order_by("-held_pct")


def events_of(run: Run) -> QuerySet[ClusterEvent]:
    """What became of clusters since the answer before."""
    return ClusterEvent.objects.filter(run_number=run.pk).order_by("became", "key")


MORE = {
    "naik": More(
        alarms_of, "incident_alarms",
        ("key", "rank", "area", "category", "n", "n_reporters", "expected", "relative_risk", "p",
         "recurrence_days", "radius_m"),
    ),
    "beda": More(
        changes_of, "incident_changes",
        ("cell", "area", "n", "n_before", "window_n", "window_before", "expected", "p_adjusted",
         "change"),
    ),
    "jalan": More(streets_of, "street_heat", ("name", "island", "weekly_km", "grade")),
    "batas": More(contours_of, "incident_heat", ("held_pct", "weekly_km2", "area_km2", "n")),
    "riwayat": More(
        histories_of, "emerging_incidents",
        ("cell", "area", "category", "pattern", "side", "n", "n_last", "expected_last", "n_hot",
         "steps", "step_days", "mk_z", "mk_p"),
    ),
    "bocor": More(
        leaks_of, "water_leaks",
        ("key", "rank", "area", "n", "n_reporters", "n_open", "within_m"),
    ),
}  # fmt: skip


def more_json(run: Run, kind: str, start: int = 0, many: int | None = None) -> dict[str, Any]:
    """Rows of a further layer as features; `id` is the row's key, as in the list twin.

    All of them, or `many` from row `start` on; numberMatched says how many there are.
    """
    shape, found = AsGeoJSON(F("geom"), precision=6), MORE[kind].rows(run)
    rows = found.annotate(_shape=shape).values("pk", "_shape", *MORE[kind].fields)
    rows = rows[start : None if many is None else start + many]
    features = []
    for row in rows:
        drawn = json.loads(row.pop("_shape"))
        plain = {name: round(value, 4) if isinstance(value, float) else value
                 for name, value in row.items()}  # fmt: skip
        features.append({"type": "Feature", "id": row["pk"], "geometry": drawn,
                         "properties": plain})  # fmt: skip
    return {"type": "FeatureCollection", "features": features,
            "numberMatched": found.count(), "numberReturned": len(features)}  # fmt: skip


ARROWS = {"up": " ↑", "down": " ↓", "steady": ""}
