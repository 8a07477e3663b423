"""Every bad file of the corpus loaded on purpose: what the person reads, and that nothing moved.

    python manage.py shell -c "from tests.badgeo_sentences import main; main()"

It loads each file into a layer with --yes inside a transaction that is undone, and prints a
line a file: rows of the layer before and after, and the first sentence.
"""

from __future__ import annotations

import sys
from typing import Any

from django.db import transaction
from django.utils import timezone

from layers.errors import PlatformError
from layers.ingest.load import Loaded, load
from layers.ingest.stated import ColumnRule, Stated
from layers.registry import get
from tests.badgeo import BadFile, corpus

KINDS = {"xml": "kml"}


def told(bad: BadFile, slug: str) -> tuple[int, int, str]:
    """Rows of the layer before and after a load of `bad`, and what the person reads."""
    layer: Any = get(slug)
    stated = Stated(
        format=KINDS.get(bad.format, bad.format), rules=(ColumnRule("name", layer.natural_key),)
    )
    before = layer.model.objects.count()
    words = ""
    with transaction.atomic():
        try:
            words = _sentence(_loaded(bad, slug, stated))
        except PlatformError as error:
            words = f"{error.code} {error}"
        after = layer.model.objects.count()
        transaction.set_rollback(True)
    return before, after, words


def _loaded(bad: BadFile, slug: str, stated: Stated) -> Loaded:
    return load(
        bad.path, get(slug), stated, name=bad.path.name, by=None, at=timezone.now(), commit=True
    )


def _sentence(done: Loaded) -> str:
    listed = [*done.account.errors, *done.account.warnings]
    return listed[0].line() if listed else f"{done.written.inserted} stored"


def main(slug: str = "waste-places") -> None:
    """Print the list; a last line counts the files after which a row stood too many or few."""
    moved = 0
    for bad in corpus():
        before, after, words = told(bad, slug)
        good = bad.expect in ("accept", "accept_warn", "any")
        moved += before != after and not good
        sys.stdout.write(f"{bad.name}\t{bad.expect}\t{before}\t{after}\t{words}\n")
    sys.stdout.write(f"rows moved by a bad file: {moved}\n")
