"""Which encoding a caller gets, and the bytes in it."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import brotli
import zstandard

from tile_service.serve.errors import NotAcceptable

IDENTITY = "identity"
SHORTEST = 200  # bytes below which compressing only adds
LETTER = {"zstd": "z", "br": "b", "gzip": "g", IDENTITY: "i"}


def _zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(data)


def _br(data: bytes) -> bytes:
    return bytes(brotli.compress(data, quality=4))


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=1, mtime=0)


ENCODE: dict[str, Callable[[bytes], bytes]] = {"zstd": _zstd, "br": _br, "gzip": _gzip}


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
    """Encodings the caller takes, best first; raises NotAcceptable.

    Without the header only identity is safe; `*` stands for all that are not named.
    """
    weights = _weights(header) if header and header.strip() else {}
    others = weights.get("*", 0.0)
    scored = [(weights.get(name, others), name) for name in ENCODE]
    plain = weights.get(IDENTITY, weights.get("*", 1.0))
    kept = [name for weight, name in sorted(scored, key=lambda pair: -pair[0]) if weight > 0]
    if plain > 0:
        best = max((weight for weight, _ in scored), default=0.0)
        first = IDENTITY in weights and plain > best
        kept = [IDENTITY, *kept] if first else [*kept, IDENTITY]
    if not kept:
        raise NotAcceptable
    return kept


def encode(data: bytes, encoding: str) -> bytes:
    """`data` in `encoding`."""
    return data if encoding == IDENTITY else ENCODE[encoding](data)


def chosen(accepted: list[str], size: int) -> str:
    """Encoding for `size` bytes: short answers stay as they are when the caller allows it."""
    if size < SHORTEST and IDENTITY in accepted:
        return IDENTITY
    return accepted[0]
