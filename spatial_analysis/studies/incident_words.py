"""Figures that all incident studies put into their summaries, and names of periods."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from layers.catalog.incident_cells import OffsetKind
from layers.geography import city
from spatial_analysis.methods.frame import Floats, Ints
from spatial_analysis.studies.incident_frames import Reports, at
from spatial_analysis.studies.incident_question import Question

QUARTER_S = 900.0  # no calendar day begins within a quarter of an hour
MONTHS = ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus",
          "September", "Oktober", "November", "Desember")  # fmt: skip


def whole(number: float) -> str:
    """1234 -> 1.234."""
    return f"{number:,.0f}".replace(",", ".")


def said(day: date) -> str:
    """Day, month in words, year."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def period(question: Question) -> str:
    """First and last day that count."""
    return f"{said(question.first)} - {said(question.end - timedelta(days=1))}"


def days_of(reports: Reports, question: Question) -> Ints:
    """Reports (days,) of every day of the period, in the city's calendar."""
    since = ordinals(reports.at_s) - question.first.toordinal()
    return np.bincount(since, minlength=question.days).astype(np.int64)


def ordinals(at_s: Floats) -> Ints:
    """Day (n,) of each moment in the city's calendar, counted as `date.toordinal` does."""
    zone = ZoneInfo(city().time_zone)
    quarters, which = np.unique(np.floor_divide(at_s, QUARTER_S), return_inverse=True)
    days = [at(quarter * QUARTER_S).astimezone(zone).date().toordinal() for quarter in quarters]
    return np.array(days, dtype=np.int64)[which.ravel()]


def histogram(counts: Ints, question: Question) -> list[list[Any]]:
    """[day, number of reports] for every day of the period."""
    return [
        [(question.first + timedelta(days=number)).isoformat(), int(count)]
        for number, count in enumerate(counts)
    ]


def origin_of(reports: Reports) -> str:
    """Origin of what is worked out: synthetic as soon as most of its reports are."""
    return origin_by(float(np.mean(reports.origin == "synthetic")) if len(reports) else 0.0)


def origin_by(made_up: float) -> str:
    """Origin by the share of reports that are made up."""
    return "synthetic" if made_up > 0.5 else "estimated"


def common(reports: Reports, question: Question, study: str) -> dict[str, Any]:
    """Figures that all studies put into their summary."""
    return common_of(len(reports), days_of(reports, question), question, study)


def common_of(n: int, by_day: Ints, question: Question, study: str) -> dict[str, Any]:
    """The same figures, from counts."""
    return {
        "n": n,
        "question": question.key(study),
        "category": question.category,
        "island": question.island,
        "first": question.first.isoformat(),
        "last": (question.end - timedelta(days=1)).isoformat(),
        "days": question.days,
        "offset": question.offset,
        "offset_words": OffsetKind(question.offset).label,
        "hidden": question.hidden,
        "standing": question.standing,
        "histogram": histogram(by_day, question),
    }
