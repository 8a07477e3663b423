"""What tests of the planner's page share: its address, a question asked, words read back."""

from __future__ import annotations

import contextlib
import re
import zlib
from typing import Any

from django.test import Client

from spatial_analysis.models import Run

PAGE = "/rencana/wifi"


def compute(planner: Client, **fields: object) -> Run:
    """Ask for a placement as the form does; people walk 250 m unless `jalan_m` says otherwise."""
    answer = planner.post(f"{PAGE}/hitung", {"jalan_m": "250", **fields})
    assert answer.status_code == 302
    return Run.objects.get(pk=int(answer["Location"].rpartition("=")[2]))


def text_of(answer: Any) -> str:
    """The words of a page, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def drawn(pdf: bytes) -> str:
    """Words that a PDF of ours draws: its streams unpacked, escapes undone."""
    words = []
    for packed in re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL):
        with contextlib.suppress(zlib.error):
            told = zlib.decompress(packed).decode("latin-1")
            words += re.findall(r"\((.*?)(?<!\\)\) Tj", told)
    return re.sub(r"\\(.)", r"\1", " ".join(words))
