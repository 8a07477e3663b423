"""Uploads that wait for a yes: random names outside everything served, gone after a day."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from layers.errors import BadInput
from layers.ingest_child.request import MAX_FILE_BYTES

KEPT_S = 24 * 3600


class UploadTooLarge(BadInput):
    """Berkas lebih besar dari 50 MiB. Bagi menjadi beberapa berkas."""

    code = "UPLOAD_TOO_LARGE"


def folder() -> Path:
    """Folder of waiting uploads."""
    return Path(settings.UPLOAD_DIR) / "import"


def keep(chunks: Iterable[bytes]) -> str:
    """Store an upload under a random name, which is returned. Raises UploadTooLarge."""
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    _forget_old()
    name = secrets.token_hex(16)
    size = 0
    with path(name).open("xb") as handle:
        for chunk in chunks:
            size += len(chunk)
            if size > MAX_FILE_BYTES:
                break
            handle.write(chunk)
    path(name).chmod(0o600)
    if size > MAX_FILE_BYTES:
        forget(name)
        raise UploadTooLarge
    return name


def path(name: str) -> Path:
    """Where the upload called `name` lies; names are ours, never the sender's."""
    if not name or not name.isalnum():
        raise ValueError("not a name of ours")
    return folder() / name


def forget(name: str) -> None:
    """Delete an upload."""
    path(name).unlink(missing_ok=True)


def _forget_old() -> None:
    for waiting in folder().iterdir():
        with contextlib.suppress(FileNotFoundError):  # another upload was quicker
            if waiting.stat().st_mtime < time.time() - KEPT_S:
                waiting.unlink()
