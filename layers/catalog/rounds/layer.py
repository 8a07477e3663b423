"""The layers of the rounds: lines, stops, and what was left out. Never public."""

from __future__ import annotations

from django.contrib.gis.db import models

from layers.access import DESK
from layers.catalog.rounds.models import (
    WITHDRAWN,
    PlanState,
    Round,
    RoundStop,
    StopState,
    UnservedStop,
)
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme, TimeField

# Eight colours that people with any colour vision tell apart (Okabe and Ito 2008, darkened).
ROUTE_COLOURS = (
    "#0072b2", "#d55e00", "#009e73", "#b3478b", "#a87900", "#3f8fc4", "#5c4b8a", "#4d4d4d",
)  # fmt: skip


def published_rounds() -> models.QuerySet[Round]:
    """Rounds that crews drive."""
    return Round.objects.filter(plan__state=PlanState.PUBLISHED).select_related("vehicle", "plan")


def published_stops() -> models.QuerySet[RoundStop]:
    """Stops of rounds that crews drive."""
    rows = RoundStop.objects.filter(round__plan__state=PlanState.PUBLISHED)
    return rows.exclude(state=StopState.SKIPPED, skip_reason=WITHDRAWN)


def unserved_stops() -> models.QuerySet[UnservedStop]:
    """Stops that published plans leave out."""
    return UnservedStop.objects.filter(plan__state=PlanState.PUBLISHED)


ROUNDS = register(
    Layer(
        slug="rounds",
        title="Rute regu",
        title_en="Crew rounds",
        summary="Rute harian tiap kendaraan.",
        rows=published_rounds,
        public_fields=("number", "state", "starts_at", "ends_at", "length_m", "load_max_l"),
        viewers=DESK,
        tiles=FeatureTiles(min_zoom=9),
        symbol=Symbol(
            "line",
            tuple(
                LegendEntry(f"Rute {i}", colour, i, f"Round {i}")
                for i, colour in enumerate(ROUTE_COLOURS, start=1)
            ),
            by="number",
            width=3,
        ),
        attribution="Meja rute",
        theme=Theme.WORK,
        time=TimeField("starts_at"),
    )
)
STOPS = register(
    Layer(
        slug="round-stops",
        title="Perhentian rute",
        title_en="Stops of rounds",
        summary="Perhentian dengan jam tiba dan muatan.",
        rows=published_stops,
        public_fields=("number", "kind", "code", "label", "state", "arrives_at", "load_after_l"),
        viewers=DESK,
        tiles=FeatureTiles(min_zoom=11),
        symbol=Symbol(
            "circle",
            (
                LegendEntry("Menunggu", "#0b6e8f", "planned", "Waiting"),
                LegendEntry("Dikerjakan", "#c2660a", "started", "Being done"),
                LegendEntry("Selesai", "#1d7a4c", "done", "Done"),
                LegendEntry("Dilewati", "#8d99a5", "skipped", "Skipped"),
            ),
            by="state",
            label="number",
            label_from_zoom=13,
        ),
        attribution="Meja rute",
        theme=Theme.WORK,
        time=TimeField("arrives_at"),
    )
)
UNSERVED = register(
    Layer(
        slug="unserved-stops",
        title="Perhentian tak terlayani",
        title_en="Unserved stops",
        summary="Perhentian yang tidak masuk rute mana pun, dengan sebabnya.",
        rows=unserved_stops,
        public_fields=("kind", "code", "label", "reason", "detail", "stale"),
        viewers=DESK,
        tiles=FeatureTiles(min_zoom=9),
        symbol=Symbol("circle", (LegendEntry("Tak terlayani", "#b3261e", label_en="Unserved"),)),
        attribution="Meja rute",
        theme=Theme.WORK,
    )
)
