"""Reference rows that the code itself declares: moves, first categories and agencies."""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS

from layers.catalog.categories import add_first_values
from layers.catalog.reports import public_places
from layers.catalog.reports.history import fill_moves


def fill(using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Fill them after every migrate (and flush); what the city changed stays.

    Reports that a migration left without their public place get one.
    """
    if using == DEFAULT_DB_ALIAS:
        fill_moves()
        add_first_values()
        public_places.place_what_waits()
