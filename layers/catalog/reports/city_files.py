"""Categories, routing rules and days off out of a city's folder."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from layers.catalog.agencies import Agency
from layers.catalog.categories import Category
from layers.catalog.places import Island, Kelurahan
from layers.catalog.reports.work import CalendarDay
from layers.catalog.routing_rules import RoutingRule
from layers.errors import BadInput

Row = dict[str, str]


class UnknownName(BadInput):
    """A row names something that the city does not have."""

    code = "UNKNOWN_NAME"


def rows(path: Path) -> Iterator[tuple[int, Row]]:
    """Line number and cells of each row of a CSV file; nothing when there is no such file."""
    if path.exists():
        with path.open(encoding="utf-8-sig", newline="") as lines:
            yield from enumerate(csv.DictReader(lines), start=2)


@transaction.atomic
def load(folder: Path) -> dict[str, int]:
    """Load categories.csv, routing.csv and holidays.csv; loading twice changes nothing.

    Needs agencies, islands and kelurahan. Raises UnknownName with file and line.
    """
    return {
        "categories": sum(_category(line, row) for line, row in rows(folder / "categories.csv")),
        "routing rules": sum(_rule(line, row) for line, row in rows(folder / "routing.csv")),
        "days off": sum(_day(row) for _, row in rows(folder / "holidays.csv")),
    }


def _agency(file: str, line: int, code: str) -> Agency:
    found = Agency.objects.filter(code=code).first()
    if found is None:
        raise UnknownName(f"{file}, line {line}: there is no agency '{code}'.")
    return found


def _yes(text: str) -> bool:
    return text.strip().lower() in {"true", "1", "yes", "ya"}


def _whole(text: str) -> int:
    return int(text or 0)


def _category(line: int, row: Row) -> int:
    agency = _agency("categories.csv", line, row["default_agency"])
    Category.objects.update_or_create(
        code=row["code"],
        defaults={
            "rank": line - 2,
            "name": row["name_id"],
            "name_en": row["name_en"],
            "name_jv": row.get("name_jv", ""),
            "name_zh": row.get("name_zh", ""),
            "synonyms": row.get("synonyms", ""),
            "glyph": row["glyph"],
            "shape": row.get("shape", "circle"),
            "colour": row.get("colour", "#5b6b7a"),
            "open311_code": row.get("open311_code", ""),
            "redirect_text": row.get("redirect_text", ""),
            "public_precision": row["public_precision"],
            "public_cell_m": _whole(row.get("public_cell_m", "")) or 200,
            "urgent": _yes(row["urgent"]),
            "sea_is_fine": _yes(row["sea_is_fine"]),
            "photo_wanted": _yes(row["photo_wanted"]),
            "duplicate_radius_m": _whole(row["duplicate_radius_m"]),
            "duplicate_hours": _whole(row["duplicate_hours"]),
            "desk_radius_m": _whole(row.get("desk_radius_m", "")),
            "desk_hours": _whole(row.get("desk_hours", "")),
            "work_days": _whole(row["work_days"]),
            "proof_m": _whole(row["proof_m"]) or None,
            "default_agency": agency,
        },
    )
    return 1


def _rule(line: int, row: Row) -> int:
    area: dict[str, Any] = {"kelurahan": None, "island": None}
    if row["area_kind"] in ("kelurahan", "island"):
        model = Kelurahan if row["area_kind"] == "kelurahan" else Island
        found = model.objects.filter(code=row["area"]).first()
        if found is None:
            raise UnknownName(f"routing.csv, line {line}: there is no area '{row['area']}'.")
        area = {"kelurahan": None, "island": None, row["area_kind"]: found}
    category = Category.objects.filter(code=row["category"]).first()
    if category is None:
        raise UnknownName(f"routing.csv, line {line}: there is no category '{row['category']}'.")
    RoutingRule.objects.update_or_create(
        category=category,
        **area,
        defaults={
            "agency": _agency("routing.csv", line, row["agency"]),
            "note": row.get("reason", "")[:200],
        },
    )
    return 1


def _day(row: Row) -> int:
    CalendarDay.objects.update_or_create(
        day=date.fromisoformat(row["date"]),
        defaults={"working": _yes(row["working"]), "why": row["name"][:120]},
    )
    return 1
