"""The one way in: every door calls `report`. Received means committed."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import IntegrityError, transaction
from django.utils import timezone

from layers.catalog import forwards
from layers.catalog.categories import Category
from layers.catalog.places import Kelurahan
from layers.catalog.reports import (
    clocks,
    doubt_facts,
    history,
    numbers,
    places,
    public_places,
    states,
    wording,
)
from layers.catalog.reports.models import (
    MOST_WORDS,
    MOST_WORDS_FROM_FILES,
    Door,
    PlaceSource,
    Report,
)
from layers.catalog.reports.states import UNVERIFIED, Actor, State
from layers.catalog.reports.work import Assignment, Verdict
from layers.catalog.routing_rules import suggest
from layers.errors import BadInput, ChangedMeanwhile
from layers.geography import city

FROM_FILES = frozenset({Door.SP4N, Door.CHAT, Door.CALL, Door.SAMPLE})


class TooManyWords(BadInput):
    """Ceritanya terlalu panjang; paling banyak 2.000 huruf. Persingkat lalu kirim lagi."""

    code = "TOO_MANY_WORDS"


class NothingToldAboutPlace(BadInput):
    """Di mana tempatnya? Pilih kelurahan, tulis patokan, atau pakai posisi HP."""

    code = "PLACE_MISSING"


class UnknownCategory(BadInput):
    """Jenis laporan itu tidak dikenal; pilih salah satu dari daftar."""

    code = "UNKNOWN_CATEGORY"


class SameIdOtherWords(ChangedMeanwhile):
    """Formulir ini sudah pernah terkirim dengan isi lain; kirim sebagai laporan baru."""

    code = "SAME_ID_OTHER_CONTENT"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Answer of the intake: the report, and whether this call made it."""

    report: Report
    created: bool


def keyed(text: str) -> str:
    """Keyed hash of a phone's mark or a follow key: the plain value is never stored."""
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def content_hash(category: str, place: Point | None, words: str, *more: str) -> str:
    """Hash of what was told; two sendings of one report are equal, ages and clocks left out."""
    at = [round(place.x, 6), round(place.y, 6)] if place else None
    return history.sha256(json.dumps([category, at, words, *more], ensure_ascii=False))


def report(
    *,
    client_id: UUID,
    door: str,
    category: str,
    words: str,
    place: Point | None = None,
    place_source: str = PlaceSource.NONE,
    kelurahan: Kelurahan | None = None,
    landmark: str = "",
    accuracy_m: int | None = None,
    observed_at: datetime | None = None,
    received_at: datetime | None = None,
    follow_key: str = "",
    phone_mark: str = "",
    door_ref: str | None = None,
    practice: bool = False,
    by: Any = None,
    actor: Actor = Actor.SYSTEM,
    start: State | None = None,
    extra: dict[str, Any] | None = None,
) -> Receipt:
    """Take a report: once per `client_id`, however often it is sent.

    `place` in degrees (STORED_SRID) inside the city's box. `start` is given by an officer's
    form (VERIFIED) and by files, which name the state they found. Raises OutsideTheCity,
    NothingToldAboutPlace, TooManyWords, UnknownCategory, SameIdOtherWords.
    """
    words = words.strip()
    _gate(door, words, place, kelurahan, landmark)
    kind = Category.objects.filter(pk=category).first()
    if kind is None:
        raise UnknownCategory
    told = content_hash(category, place, words, landmark, kelurahan.code if kelurahan else "")
    at = received_at or timezone.now()
    fields = {
        "client_id": client_id,
        "content_hash": told,
        "door": door,
        "door_ref": door_ref,
        "category": kind,
        "words": words,
        "landmark": landmark.strip()[:200],
        "place_source": place_source,
        "accuracy_m": accuracy_m,
        "observed_at": min(observed_at or at, at),
        "received_at": at,
        "urgent": kind.urgent,
        "follow_key_hash": keyed(follow_key) if follow_key else "",
        "phone_mark": keyed(phone_mark) if phone_mark else "",
        "practice": practice,
        "geom": place,
        **(extra or {}),
    }
    try:
        with transaction.atomic():
            return _first(client_id, told) or _create(fields, kelurahan, by, actor, start)
    except IntegrityError:
        again = _first(client_id, told)  # somebody else committed the same sending meanwhile
        if again is None:
            raise
        return again


def _gate(
    door: str, words: str, place: Point | None, kelurahan: Kelurahan | None, landmark: str
) -> None:
    if len(words) > (MOST_WORDS_FROM_FILES if door in FROM_FILES else MOST_WORDS):
        raise TooManyWords
    if place is not None:
        places.point(place.x, place.y)
    elif kelurahan is None and not landmark.strip() and door not in FROM_FILES:
        raise NothingToldAboutPlace


def _first(client_id: UUID, told: str) -> Receipt | None:
    """The report that this sending already made. Raises SameIdOtherWords."""
    known = Report.objects.filter(client_id=client_id).first()
    if known is not None and known.content_hash != told:
        raise SameIdOtherWords
    return Receipt(known, created=False) if known else None


def _create(
    fields: dict[str, Any], kelurahan: Kelurahan | None, by: Any, actor: Actor, start: State | None
) -> Receipt:
    new, place = Report(**fields), fields["geom"]
    new.kelurahan, new.island = kelurahan, kelurahan.island if kelurahan else None
    if place is not None:
        found = places.locate(place)
        new.kelurahan, new.island, new.at_sea = found.kelurahan, found.island, found.at_sea
    public_places.place_for_public(new)
    new.number = numbers.new_number(city().id[0].upper(), timezone.localdate(new.received_at).year)
    new.state = start or (State.NEW if place is not None else State.NEEDS_PLACE)
    imported = start is not None and new.door in FROM_FILES
    move = states.MOVES["impor" if imported else "terima_petugas" if start else "terima"]
    if imported and start not in UNVERIFIED:
        new.published_at = new.received_at
    new.save()
    history.next_line(
        new,
        None,
        move=move.name,
        to_state=new.state,
        at=new.received_at,
        actor_id=by.pk if by else None,
        actor_role=actor,
        screen=new.door,
    ).save()
    if imported:
        return Receipt(new, created=True)
    clocks.apply(new, move, new.state, new.received_at)
    if start:
        Verdict.objects.create(report=new, by=by, kind="petugas", at=new.received_at)
        publish(new, new.received_at)
        new.save(update_fields=["published_at", "public_words"])
    doubt_facts.record(new)
    if new.urgent and place is not None and not new.practice:
        _forward_unverified(new)
    return Receipt(new, created=True)


def publish(item: Report, at: datetime) -> None:
    """Set the fields that make a verified report public (the caller saves)."""
    item.published_at = item.published_at or at
    if not item.public_words and item.category.public_precision in ("exact", "blur"):
        item.public_words = wording.for_public(item.words)


def _forward_unverified(item: Report) -> None:
    """Urgent reports reach the agency before the verdict, marked as unverified."""
    found = suggest(item)
    Assignment.objects.create(
        report=item,
        agency=found.agency,
        rule=found.rule,
        rule_version=found.rule.row_version if found.rule else None,
        explained=found.explained,
        made_at=item.received_at,
    )
    forwards.enqueue(item, found.agency, at=item.received_at, unverified=True)
