"""Personal tokens: made and withdrawn by their person, for QGIS and scripts."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from layers.errors import BadInput, NotFound
from tile_service.models import PersonalToken
from tile_service.serve import tokens

MOST = 10
LONGEST_LIFE = timedelta(days=365)


class TooManyTokens(BadInput):
    """You have ten tokens already; withdraw one first."""

    code = "TOO_MANY_TOKENS"


class BadTokenLife(BadInput):
    """A token lasts from one day to one year."""

    code = "BAD_TOKEN_LIFE"


@transaction.atomic
def make(*, person: Any, label: str, at: datetime, life: timedelta) -> str:
    """Make a token for `person`; it is told this once. Raises TooManyTokens, BadTokenLife."""
    if not timedelta(days=1) <= life <= LONGEST_LIFE:
        raise BadTokenLife
    if PersonalToken.objects.filter(person=person, ends_at__gt=at).count() >= MOST:
        raise TooManyTokens
    text = tokens.PERSONAL + secrets.token_urlsafe(32)
    digest = tokens.digest_of(text)
    PersonalToken.objects.create(person=person, label=label, digest=digest, ends_at=at + life)
    _tell()
    return text


@transaction.atomic
def withdraw(*, person: Any, pk: int) -> None:
    """Withdraw one of a person's own tokens at once; raises NotFound."""
    gone, _ = PersonalToken.objects.filter(person=person, pk=pk).delete()
    if not gone:
        raise NotFound
    _tell()


def _tell() -> None:
    with connection.cursor() as cursor:
        cursor.execute("NOTIFY tile_changes")
