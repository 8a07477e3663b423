"""Withdrawing tile tokens: each hangs on its person and its session (see migration 0020)."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils import timezone

from tile_service.models import TokenGeneration

NEXT = """
INSERT INTO tile_service_tokengeneration (holder, generation) VALUES (%s, 1)
ON CONFLICT (holder) DO UPDATE
SET generation = tile_service_tokengeneration.generation + 1, at = now()
"""
LONGEST_LIFE_S = 900


def person_holder(pk: object) -> str:
    """Holder that stands for a person; the trigger on the tables of people says the same."""
    return f"u{pk}"


def session_holder(session_key: str) -> str:
    """Holder that stands for a session, without giving its key away."""
    key = settings.SECRET_KEY.encode()
    return "s" + hmac.new(key, f"tiles {session_key}".encode(), hashlib.sha256).hexdigest()[:16]


def holders_of(user: Any, session_key: str | None) -> dict[str, int]:
    """Holders of a token for this person in this session, with their generations."""
    if not getattr(user, "is_authenticated", False):
        return {}
    names = [person_holder(user.pk), *([session_holder(session_key)] if session_key else [])]
    known = TokenGeneration.objects.filter(holder__in=names).values_list("holder", "generation")
    return dict.fromkeys(names, 0) | dict(known)


def withdraw(holder: str) -> None:
    """Withdraw every token that hangs on `holder`; each tile server learns of it at once."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(NEXT, [holder])
        cursor.execute("NOTIFY tile_changes")


def forget_old_sessions() -> int:
    """Forget sessions whose last token has ended anyway; answers how many."""
    long_ago = timezone.now() - timedelta(seconds=2 * LONGEST_LIFE_S)
    gone, _ = TokenGeneration.objects.filter(holder__startswith="s", at__lt=long_ago).delete()
    return gone


@transaction.atomic
def end_sessions(user: Any) -> int:
    """End every session of a person, and withdraw their tile tokens; answers how many ended."""
    ended = 0
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        if str(session.get_decoded().get("_auth_user_id")) == str(user.pk):
            session.delete()
            ended += 1
    withdraw(person_holder(user.pk))
    return ended
