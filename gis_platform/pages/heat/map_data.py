"""What the map of the heat pages draws: cells with their days, clusters with their marks."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.gis.db.models.functions import AsGeoJSON
from django.db.models import F, Q, QuerySet

from layers.catalog.incident_cells import Grade, IncidentCell
from layers.catalog.incident_clusters import IncidentCluster
from spatial_analysis.models import Run
from spatial_analysis.studies.incident_days import cell_days

CELL_FIELDS = (
    "cell", "island", "n", "n_before", "window_n", "expected", "gi_star_z", "p_adjusted", "grade",
    "stability", "m_tests",
)  # fmt: skip
SQUARE_KM, WEEK = 1e6, 7


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
        cells_of(run).order_by("cell").annotate(_shape=shape).values("_shape", *CELL_FIELDS)
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


ARROWS = {"up": " ↑", "down": " ↓", "steady": ""}
