"""The photo door: what comes in is re-encoded in the limited child; only pixels come out."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from layers.errors import BadInput
from layers.gate.sentences import sentence
from layers.ingest import sandbox
from layers.ingest_child.request import Request

WALL_S = 20


class BadPhoto(BadInput):
    """Foto ini tidak dapat dipakai. Ambil atau kirim ulang sebagai JPEG, PNG, atau WebP."""

    code = "BAD_PHOTO"


@dataclass(frozen=True, slots=True)
class SafePhoto:
    """A photo without tags: JPEG bytes of the picture (≤ 2,560 px) and of a thumbnail."""

    picture: bytes
    thumbnail: bytes
    width: int
    height: int


def clean(data: bytes) -> SafePhoto:
    """Return the photo in `data` turned upright and re-encoded without any tag.

    width and height are those of the picture as sent, turned upright. Raises BadPhoto with
    the reason; its `reason_code` is the gate's code.
    """
    with tempfile.NamedTemporaryFile(prefix="photo-") as sent:
        sent.write(data)
        sent.flush()
        with sandbox.opened(Path(sent.name), Request("image"), wall_s=WALL_S) as outcome:
            report = outcome.report
            if report["status"] != "accepted":
                error = report["errors"][0]
                refusal = BadPhoto(sentence(error["code"], error["args"]))
                refusal.reason_code = error["code"]  # type: ignore[attr-defined]
                raise refusal
            return SafePhoto(
                picture=(outcome.folder / "photo.jpg").read_bytes(),
                thumbnail=(outcome.folder / "thumb.jpg").read_bytes(),
                width=int(report["facts"]["width"]),
                height=int(report["facts"]["height"]),
            )
