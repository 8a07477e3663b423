"""Which encoding a caller gets, and the bytes in it."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Container
from functools import lru_cache

import brotli
import zstandard

from tile_service.serve.errors import NotAcceptable

IDENTITY = "identity"
SHORTEST = 200  # bytes below which compressing only adds
SMALLEST = "br-11"  # brotli at its slowest: made in the background for what is asked for often
LETTER = {"zstd": "z", "br": "b", "gzip": "g", SMALLEST: "s", IDENTITY: "i"}
SENT_AS = {SMALLEST: "br"}  # Content-Encoding where it differs from the name
LONGEST_HEADER = 200  # longer ones are read anew each time
_held = threading.local()  # a compressor a thread: its tables are large, and it is not shared


def _zstd(data: bytes) -> bytes:
    compressor: zstandard.ZstdCompressor | None = getattr(_held, "zstd", None)
    if compressor is None:
        compressor = _held.zstd = zstandard.ZstdCompressor(level=3)
    return compressor.compress(data)


def _br(data: bytes) -> bytes:
    return bytes(brotli.compress(data, quality=4))


def _smallest(data: bytes) -> bytes:
    return bytes(brotli.compress(data, quality=11))


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=1, mtime=0)


OFFERED: dict[str, Callable[[bytes], bytes]] = {"zstd": _zstd, "br": _br, "gzip": _gzip}
ENCODE = OFFERED | {SMALLEST: _smallest}


def _weights(header: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in header.split(","):
        name, _, parameter = part.strip().lower().partition(";")
        quality = parameter.strip().removeprefix("q=").strip() if parameter else "1"
        try:
            weights[name.strip()] = float(quality)
        except ValueError:
            weights[name.strip()] = 0.0
    return weights


def acceptable(header: str | None) -> list[str]:
    """Encodings the caller takes, best first (SMALLEST last); raises NotAcceptable.

    Without the header only identity is safe; `*` stands for all that are not named.
    """
    text = header or ""
    return list(_known(text) if len(text) <= LONGEST_HEADER else _read(text))


def _read(header: str) -> tuple[str, ...]:
    weights = _weights(header) if header.strip() else {}
    others = weights.get("*", 0.0)
    scored = [(weights.get(name, others), name) for name in OFFERED]
    plain = weights.get(IDENTITY, weights.get("*", 1.0))
    kept = [name for weight, name in sorted(scored, key=lambda pair: -pair[0]) if weight > 0]
    best = max((weight for weight, _ in scored), default=0.0)
    if plain > 0:
        first = IDENTITY in weights and plain > best
        kept = [IDENTITY, *kept] if first else [*kept, IDENTITY]
    if not kept:
        raise NotAcceptable
    if best > 0 and weights.get("br", others) == best:
        kept.append(SMALLEST)  # see `chosen`
    return tuple(kept)


_known = lru_cache(512)(_read)


def encode(data: bytes, encoding: str) -> bytes:
    """`data` in `encoding`."""
    return data if encoding == IDENTITY else ENCODE[encoding](data)


def chosen(accepted: list[str], size: int, ready: Container[str] = ()) -> str:
    """Encoding for `size` bytes: short answers stay as they are when the caller allows it.

    The smallest encoding takes long to make: it is chosen where it is `ready`.
    """
    if size < SHORTEST and IDENTITY in accepted:
        return IDENTITY
    return SMALLEST if SMALLEST in accepted and SMALLEST in ready else accepted[0]
