"""Reference rows that the code itself declares: roles, moves, first categories and agencies."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.db import DEFAULT_DB_ALIAS

from layers.access import STAFF
from layers.catalog.categories import add_first_values
from layers.catalog.reports import public_places
from layers.catalog.reports.history import fill_moves


def fill(using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Fill them after every migrate (and flush); what the city changed stays.

    Reports that a migration left without their public place get one.
    """
    if using == DEFAULT_DB_ALIAS:
        for role in STAFF:
            Group.objects.get_or_create(name=role.value)
        fill_moves()
        add_first_values()
        public_places.place_what_waits()
