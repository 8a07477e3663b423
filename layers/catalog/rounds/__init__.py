"""Rounds of the crews: tables, what a crew does with a stop, layers."""

from layers.catalog.rounds import layer
from layers.catalog.rounds.models import (
    Round,
    RoundLeg,
    RoundPlan,
    RoundStop,
    StopEvent,
    StopMove,
    UnservedStop,
)

__all__ = [
    "Round",
    "RoundLeg",
    "RoundPlan",
    "RoundStop",
    "StopEvent",
    "StopMove",
    "UnservedStop",
    "layer",
]
