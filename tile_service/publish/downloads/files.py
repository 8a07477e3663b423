"""Files that were made of a face: made once for each state of its rows, kept until it changes."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from layers.access import Face
from layers.spec import Layer
from tile_service.models import Outbox, PreparedFile, PublishedLayer
from tile_service.publish.downloads.forms import FORMS, Form

State = PreparedFile.State
TICK_S = 600  # how long a file may lag whose rows move with the clock
STUCK_AFTER = timedelta(minutes=15)
KEPT_FOR = timedelta(days=2)


def digest_of(layer: Layer, face: Face) -> str:
    """Names the state of a face's rows; never the same twice while that is not known."""
    row = PublishedLayer.objects.filter(slug=layer.slug, face=face.value).first()
    if row is None or Outbox.objects.filter(slug=row.slug, face=row.face).exists():
        return secrets.token_hex(16)
    tick = int(time.time() // TICK_S) if row.spec.get("moves_with_time") else 0
    state = f"{row.slug} {row.face} {row.version} {row.epoch} {tick}"
    return hashlib.sha256(state.encode()).hexdigest()[:32]


def path_of(file: PreparedFile) -> Path:
    """Where a file lies; its name there holds nothing that a caller chose."""
    return Path(settings.DOWNLOAD_DIR) / f"{file.slug}.{file.face}.{file.digest}.{file.form}"


def file_name(slug: str, form: Form) -> str:
    """Name under which a person keeps it: layer, date in the city, ending."""
    return f"{slug}-{timezone.localdate().isoformat()}.{form.ending}"


def prepared(layer: Layer, face: Face, form: Form) -> PreparedFile:
    """The file of the face's present rows: a known one, or a new one that waits to be made."""
    digest = digest_of(layer, face)
    known = PreparedFile.objects.filter(
        slug=layer.slug, face=face.value, form=form.ending, digest=digest
    ).first()
    if known and known.state == State.READY and not path_of(known).exists():
        known.delete()
        known = None
    if known:
        return known
    return PreparedFile.objects.get_or_create(
        slug=layer.slug,
        face=face.value,
        form=form.ending,
        digest=digest,
        defaults={"name": file_name(layer.slug, form)},
    )[0]


def make(file: PreparedFile, layer: Layer) -> PreparedFile:
    """Write the file of a layer in the form that it names."""
    return written(file, lambda path: FORMS[file.form].build(layer, Face(file.face), path))


def written(file: PreparedFile, build: Callable[[Path], tuple[int | None, bool]]) -> PreparedFile:
    """Let `build` write the file (rows, cut short?); it appears whole or not at all."""
    path = path_of(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"part-{secrets.token_hex(6)}.{file.form}")
    try:
        rows, truncated = build(part)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        PreparedFile.objects.filter(pk=file.pk).update(state=State.FAILED)
        raise
    file.state, file.rows, file.truncated = State.READY, rows, truncated
    file.bytes, file.ready_at = path.stat().st_size, timezone.now()
    file.save()
    forget_older(file)
    return file


def forget_older(file: PreparedFile) -> None:
    """Remove files of the same face and form that a newer one replaces, after some time."""
    older = PreparedFile.objects.filter(
        slug=file.slug, face=file.face, form=file.form, asked_at__lt=timezone.now() - KEPT_FOR
    ).exclude(pk=file.pk)
    for one in older:
        path_of(one).unlink(missing_ok=True)
        one.delete()


def take_up(file: PreparedFile) -> bool:
    """True for the one caller who is to have a waiting, failed or stuck file made."""
    with transaction.atomic():
        row = PreparedFile.objects.select_for_update().get(pk=file.pk)
        stuck = row.state == State.WORKING and row.asked_at < timezone.now() - STUCK_AFTER
        if row.state in {State.WAITING, State.FAILED} or stuck:
            PreparedFile.objects.filter(pk=file.pk).update(
                state=State.WORKING, asked_at=timezone.now()
            )
            return True
    return False
