"""Zip archives, opened member by member into memory; no path in them is ever written."""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from layers.gate import Refusal

MAX_MEMBERS = 50
MAX_UNPACKED = 500 * 1024 * 1024
MAX_MEMBER = 300 * 1024 * 1024
MAX_RATIO = 200
_NESTED = (".zip", ".kmz", ".gz", ".7z", ".rar", ".tar", ".tgz", ".bz2")
_PIECE = 1 << 18


def members(path: Path, wanted: tuple[str, ...]) -> dict[str, bytes]:
    """Return the members whose names end in `wanted` (lower case), by their path inside.

    Folders and the litter of macOS and Windows are fine and left out.
    Raises Refusal: UNSUPPORTED, BAD_ZIP, ZIP_ENTRIES, ZIP_PATH, ZIP_NESTED, ZIP_ENCRYPTED,
    ZIP_BOMB, EMPTY.
    """
    data_size = path.stat().st_size
    if not data_size:
        raise Refusal("EMPTY")
    with path.open("rb") as handle:
        if handle.read(2) != b"PK":
            raise Refusal("UNSUPPORTED", wanted="zip")
    try:
        with zipfile.ZipFile(path) as archive:
            return _read_all(archive, wanted)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise Refusal("BAD_ZIP", reason=type(error).__name__) from None
    except (RuntimeError, ValueError, OverflowError) as error:
        raise Refusal("BAD_ZIP", reason=type(error).__name__) from None


def _read_all(archive: zipfile.ZipFile, wanted: tuple[str, ...]) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > MAX_MEMBERS:
        raise Refusal("ZIP_ENTRIES", count=len(entries), limit=MAX_MEMBERS)
    for entry in entries:
        _harmless(entry)
    found: dict[str, bytes] = {}
    total = 0
    for entry in entries:
        if entry.is_dir() or _litter(entry.filename):
            continue
        if not entry.filename.lower().endswith(wanted):
            continue
        if entry.filename in found:
            raise Refusal("ZIP_PATH", name=entry.filename[-40:])
        found[entry.filename] = _member(archive, entry, MAX_UNPACKED - total)
        total += len(found[entry.filename])
    return found


def _harmless(entry: zipfile.ZipInfo) -> None:
    name = entry.filename.replace("\\", "/")
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\x00" in name or name[1:2] == ":":
        raise Refusal("ZIP_PATH", name=name[-40:])
    if entry.extra[:2] == b"\x01\x00":  # sizes of 4 GiB and more: not in a file of 50 MiB
        raise Refusal("BAD_ZIP", reason="zip64")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Refusal("ZIP_PATH", name=name[-40:])
    if _litter(name):
        return
    if entry.flag_bits & 0x1:
        raise Refusal("ZIP_ENCRYPTED")
    if name.lower().endswith(_NESTED):
        raise Refusal("ZIP_NESTED", name=name[-40:])
    if entry.file_size > MAX_MEMBER or (
        entry.file_size > 1 << 20 and entry.file_size > MAX_RATIO * max(1, entry.compress_size)
    ):
        raise Refusal("ZIP_BOMB", name=name[-40:])


def _litter(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return (
        "__MACOSX" in path.parts
        or path.name.startswith("._")
        or path.name.lower() in (".ds_store", "thumbs.db", "desktop.ini")
    )


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, room: int) -> bytes:
    """Unpack one member, counting what really comes out, whatever the header claims."""
    limit = min(room, MAX_MEMBER, max(1 << 20, MAX_RATIO * max(1, entry.compress_size)))
    parts: list[bytes] = []
    size = 0
    with archive.open(entry) as source:
        while piece := source.read(_PIECE):
            size += len(piece)
            if size > limit:
                raise Refusal("ZIP_BOMB", name=entry.filename[-40:])
            parts.append(piece)
    return b"".join(parts)
