"""A file as an answer: validator, part of it when a part is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)

ONE_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$", re.ASCII)
CHUNK_BYTES = 64 * 1024


def part_of(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte that a Range header asks of a file of `size` bytes.

    None: no range that we serve, so the whole file goes out (RFC 9110 14.2); raises ValueError
    when the range lies outside the file.
    """
    match = ONE_RANGE.match(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if len(first) > 18 or len(last) > 18:
        raise ValueError(header[:40])
    begin = int(first) if first else max(size - int(last), 0)
    end = min(int(last), size - 1) if first and last else size - 1
    if begin >= size or begin > end:
        raise ValueError(header)
    return begin, end


def chunks(path: Path, begin: int, end: int) -> Iterator[bytes]:
    """Bytes `begin` to `end` (both in) of a file."""
    with path.open("rb") as file:
        file.seek(begin)
        left = end - begin + 1
        while left > 0 and (data := file.read(min(CHUNK_BYTES, left))):
            left -= len(data)
            yield data


def answer(request: HttpRequest, path: Path, *, media_type: str, etag: str) -> HttpResponseBase:
    """The file, 304 when the caller holds it, 206 for a part, 416 for a part it does not have."""
    size, quoted = path.stat().st_size, f'"{etag}"'
    if quoted in request.headers.get("If-None-Match", ""):
        made: HttpResponseBase = HttpResponse(status=304)
    else:
        header = request.headers.get("Range", "")
        if request.headers.get("If-Range", quoted) != quoted:
            header = ""
        made = _body(path, header, size)
        made["Content-Type"] = media_type
    made["ETag"], made["Accept-Ranges"] = quoted, "bytes"
    return made


def _body(path: Path, header: str, size: int) -> HttpResponseBase:
    try:
        part = part_of(header, size)
    except ValueError:
        refused = HttpResponse(status=416)
        refused["Content-Range"] = f"bytes */{size}"
        return refused
    if part is None:
        return FileResponse(path.open("rb"))
    begin, end = part
    made = StreamingHttpResponse(chunks(path, begin, end), status=206)
    made["Content-Range"] = f"bytes {begin}-{end}/{size}"
    made["Content-Length"] = str(end - begin + 1)
    return made
