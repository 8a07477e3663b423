"""Photos that prove a stop was served: re-encoded, under random names, never served as files."""

from __future__ import annotations

import secrets
from pathlib import Path

from django.conf import settings

from layers.photo_gate import clean


def folder() -> Path:
    """Folder of all proofs, outside everything that is served as files."""
    return Path(settings.MEDIA_ROOT) / "bukti"


def path_of(name: str) -> Path:
    """Where the proof `name` lies."""
    return folder() / name[:2] / f"{name}.jpg"


def keep(data: bytes) -> str:
    """Store the pixels of a photo and return its name. Raises BadPhoto."""
    picture = clean(data).picture
    name = secrets.token_hex(16)
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture)
    return name
