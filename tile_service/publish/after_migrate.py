"""Publish again what a migration took away, so that nobody has to remember it."""

from __future__ import annotations

import sys
from typing import Any

from django.db import DEFAULT_DB_ALIAS, DatabaseError

from layers.errors import PlatformError
from tile_service.models import PublishedLayer
from tile_service.publish.publishing import publish, try_logins
from tile_service.publish.standing import stand

BY_HAND = (
    "Lapisan belum terbit kembali / the layers are not published again: {fault}\n"
    "Ubin dan layanan peta menjawab 503 sampai Anda mengetik / tiles and map services answer 503 "
    "until you type: manage.py publish_layers\n"
)


def publish_again(using: str, **told: Any) -> None:
    """After `migrate`: publish anew what it took away, or say what to type.

    A city that was never published stays so: its rows are loaded first, without triggers.
    """
    if "plan" not in told or using != DEFAULT_DB_ALIAS:  # a flushed test database has no plan
        return
    try:
        if stand(using) or not PublishedLayer.objects.exists():
            return
        outcome = publish()
        try_logins(outcome)
    except (DatabaseError, PlatformError) as fault:
        sys.stderr.write(BY_HAND.format(fault=str(fault).strip().partition("\n")[0]))
        return
    if told.get("verbosity", 0):
        sys.stdout.write(f"  Published again: {outcome.faces} faces\n")
