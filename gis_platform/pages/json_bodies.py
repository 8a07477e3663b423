"""Bodies of requests that are JSON: strict, small, and nothing in them that no column holds."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.request import RawPostDataException

from layers.gate.refusal import Refusal
from layers.gate.strict_json import loads


def json_of(request: HttpRequest, *, max_bytes: int) -> Any:
    """What the body says. Raises Refusal: those of strict_json; BAD_JSON for a form with files."""
    try:
        body = request.body
    except RawPostDataException:  # read already as a form, for its CSRF token
        raise Refusal("BAD_JSON", line=1, column=1) from None
    return loads(body, max_bytes=max_bytes, storable=True)
