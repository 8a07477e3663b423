"""Pages of other origins: who may read what, and the question that browsers ask beforehand (CORS).

What is open to all may be read from any page. What only some may see is read from our own pages,
and from those of the origins that the city names (`MAP_ORIGINS`), with a token they carry
themselves: cookies are never let through.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

ANY = "*"
METHODS = "GET, HEAD, OPTIONS"
HEADERS = ("authorization", "accept", "accept-language", "if-none-match", "range")
EXPOSED = "Content-Crs, Content-Location, ETag, Link, X-Tile-Truncated"
KEPT_S = "600"


def preflight(given: Mapping[str, str], trusted: Collection[str]) -> dict[str, str]:
    """Headers of the answer to OPTIONS, by what its (lower-case) headers ask.

    Without `access-control-allow-origin` a browser sends nothing further.
    """
    answer = {"allow": METHODS, "cache-control": "no-store"}
    origin, method = given.get("origin", ""), given.get("access-control-request-method", "")
    if not origin or method not in {"GET", "HEAD"}:
        return answer
    wanted = {
        name.strip().lower()
        for name in given.get("access-control-request-headers", "").split(",")
        if name.strip()
    }
    if not wanted <= set(HEADERS):
        return answer
    answer["vary"] = "Origin, Access-Control-Request-Headers"
    if origin in trusted:
        answer["access-control-allow-origin"] = origin
    elif "authorization" not in wanted:
        answer["access-control-allow-origin"] = ANY
    else:
        return answer
    answer["access-control-allow-methods"] = METHODS
    answer["access-control-max-age"] = KEPT_S
    if wanted:
        answer["access-control-allow-headers"] = ", ".join(HEADERS)
    return answer


def sharing(origin: str, trusted: Collection[str], told: Mapping[str, str]) -> dict[str, str]:
    """Headers that let a trusted origin read an answer whose (lower-case) headers are `told`."""
    if origin not in trusted or told.get("access-control-allow-origin"):
        return {}
    return {
        "access-control-allow-origin": origin,
        "access-control-expose-headers": EXPOSED,
        "cross-origin-resource-policy": "cross-origin",
        "vary": ", ".join(filter(None, (told.get("vary", ""), "Origin"))),
    }
