"""JSON as the standard says: UTF-8, finite numbers, each key once, at most 64 levels deep.

Python's own reader takes NaN and repeated keys and turns 1e999 into infinity.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np

from layers.gate.refusal import Refusal

MAX_BYTES = 50 * 1024 * 1024
MAX_DEPTH = 64
_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_CHUNK = 1 << 20
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_STEPS = np.zeros(256, np.int8)
_STEPS[[ord("["), ord("{")]] = 1
_STEPS[[ord("]"), ord("}")]] = -1


def loads(data: bytes, *, max_bytes: int = MAX_BYTES, storable: bool = False) -> Any:
    """Return what the JSON text `data` says.

    `storable`: refuse the letter NUL, which no column of the database holds. Raises Refusal:
    TOO_LARGE, EMPTY, BAD_ENCODING, TOO_DEEP, NONFINITE, DUPLICATE_KEY, NUL_BYTE,
    TRUNCATED (the text stops in the middle) or BAD_JSON (with its line and column).
    """
    text = _text(data, max_bytes)
    if storable and _NUL.search(text):
        raise Refusal("NUL_BYTE")
    if deepest(data) > MAX_DEPTH:
        raise Refusal("TOO_DEEP", limit=MAX_DEPTH)
    try:
        return json.loads(
            text,
            parse_constant=_no_constant,
            parse_float=_finite,
            object_pairs_hook=_each_key_once,
        )
    except json.JSONDecodeError as error:
        at_end = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        code = "TRUNCATED" if at_end else "BAD_JSON"
        raise Refusal(code, line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise Refusal("TOO_DEEP", limit=MAX_DEPTH) from None
    except ValueError:  # an integer of thousands of digits
        raise Refusal("NONFINITE", value="…") from None


def _text(data: bytes, max_bytes: int) -> str:
    if len(data) > max_bytes:
        raise Refusal("TOO_LARGE", limit_mib=max_bytes >> 20)
    if data.startswith(_WIDE_BOMS):
        raise Refusal("BAD_ENCODING", wanted="UTF-8")
    try:
        text = data.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal("BAD_ENCODING", wanted="UTF-8") from None
    if not text.strip():
        raise Refusal("EMPTY")
    return text


def deepest(data: bytes) -> int:
    """Return how deep brackets and braces nest outside strings; linear, never recursive."""
    bare = _STRING.sub(b"", data)
    depth = most = 0
    for start in range(0, len(bare), _CHUNK):
        chunk = np.frombuffer(bare, np.uint8, min(_CHUNK, len(bare) - start), start)
        steps = _STEPS[chunk].cumsum(dtype=np.int64) + depth
        most, depth = max(most, int(steps.max())), int(steps[-1])
    return most


def _no_constant(name: str) -> float:
    raise Refusal("NONFINITE", value=name)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise Refusal("NONFINITE", value=digits[:20])
    return value


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise Refusal("DUPLICATE_KEY", key=key[:60])
            seen.add(key)
    return found
