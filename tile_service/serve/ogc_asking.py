"""Who asks an OGC address for what, in which language and form; how such an answer is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tile_service.serve import answers, encodings, grants, kept, request
from tile_service.serve.answers import Send
from tile_service.serve.cache import etag_of
from tile_service.serve.errors import Refused
from tile_service.serve.grants import Grant
from tile_service.serve.sentences import language_of
from tile_service.serve.service import Receive, Scope, Service

ROOT = "/ogc"
HOST = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?", re.ASCII)
JSON, GEOJSON, HTML = "application/json", "application/geo+json", "text/html; charset=utf-8"
SCHEMA, OPENAPI = "application/schema+json", "application/vnd.oai.openapi+json;version=3.0"
FORMS = ("json", "html")
TILE_FORMS = ("mvt",)
VARY = "Accept, Accept-Encoding, Accept-Language, Authorization"
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to an OGC address.

    given: its query parameters, each once; site: scheme and host; words: "id" or "en";
    receive: tells when the caller leaves
    """

    service: Service
    scope: Scope
    path: str
    given: Mapping[str, str]
    site: str
    words: str
    html: bool
    grant: Grant
    receive: Receive | None = None

    @property
    def base(self) -> str:
        """Address of the landing page."""
        return self.site + ROOT

    @property
    def tail(self) -> str:
        """Path below the landing page."""
        return self.path.removeprefix(ROOT).rstrip("/")

    def said(self, words: Mapping[str, str]) -> str:
        """Words in the caller's language."""
        return words.get(self.words) or words["id"]

    def address(self, tail: str = "", **query: str) -> str:
        """Absolute address below the landing page."""
        return self.base + tail + (f"?{urlencode(query)}" if query else "")

    def here(self, **more: str) -> str:
        """This address with its parameters, some changed; an empty one is left out."""
        query = {name: text for name, text in ({**self.given} | more).items() if text != ""}
        return self.address(self.tail, **query)

    @property
    def head(self) -> bool:
        """True when only the headers are asked for."""
        return bool(self.scope["method"] == "HEAD")


def site_of(scope: Scope, service: Service) -> str:
    """Scheme and host that the caller used; raises Refused for a host that is not ours."""
    given = request.headers_of(scope)
    host = given.get("host", "localhost")
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    ours = service.config.hosts
    known = any(
        one == "*" or name.lower() == one or (one[0] == "." and name.lower().endswith(one))
        for one in ours
    )
    if not HOST.fullmatch(host) or not known:
        raise Refused("Host: this server does not go by that name.")
    scheme = scope.get("scheme", "http")
    if service.config.behind_https and given.get("x-forwarded-proto") == "https":
        scheme = "https"
    return f"{scheme}://{host}"


def wants_html(form: str | None, accept: str, forms: tuple[str, ...] = FORMS) -> bool:
    """True for `f=html`, or for a browser (text/html comes before any JSON)."""
    if form is not None:
        if form not in forms:
            raise Refused(f"f: {' or '.join(forms)}.")
        return form == "html"
    kinds = [part.split(";")[0].strip().lower() for part in accept.split(",")]
    first = next((kind for kind in kinds if kind in {"text/html", "*/*"} or "json" in kind), "")
    return first == "text/html"


def ask_of(service: Service, scope: Scope, *known: str, forms: tuple[str, ...] = FORMS) -> Ask:
    """The request, its parameters checked against `known`; raises Refused, Missing."""
    headers = request.headers_of(scope)
    given = request.query_of(scope, *known, "f")
    return Ask(
        service=service,
        scope=scope,
        path=scope["path"],
        given=given,
        site=site_of(scope, service),
        words=language_of(headers.get("accept-language", "")),
        html=wants_html(given.get("f"), headers.get("accept", ""), forms),
        grant=grants.granted(service, scope),
    )


def link(href: str, rel: str, kind: str, title: str = "", **more: Any) -> dict[str, Any]:
    """A link object."""
    found: dict[str, Any] = {"href": href, "rel": rel, "type": kind}
    return found | ({"title": title} if title else {}) | more


def own_links(ask: Ask, kind: str = JSON, **drop: str) -> list[dict[str, Any]]:
    """Links to this document itself and to its other form."""
    forms = (("json", kind), ("html", "text/html"))
    now = "html" if ask.html else "json"
    return [
        link(ask.here(f=form, **drop), "self" if form == now else "alternate", media)
        for form, media in forms
    ]


def headers_for(ask: Ask, kind: str, *, steady: bool = True) -> dict[str, str]:
    """Headers of an answer: what visitors get may be kept for revalidation by anybody."""
    keep = answers.caching(
        open_to_all=ask.grant.is_open, right_version=True, steady=steady, immutable=False
    )
    found = {"content-type": kind, "vary": VARY, "cache-control": keep}
    found |= {"content-language": ask.words} | answers.sharing(ask.grant.is_open)
    if kind == HTML:
        found["content-security-policy"] = PAGE_POLICY
    return found


async def send_if_same(ask: Ask, send: Send, stem: str, kind: str) -> bool:
    """Send 304 when the caller holds this very answer already."""
    given = request.headers_of(ask.scope)
    accepted = encodings.acceptable(given.get("accept-encoding"))
    matched = kept.matching(given.get("if-none-match", ""), stem, accepted)
    if matched:
        headers = headers_for(ask, kind) | {"etag": matched}
        del headers["content-type"]
        await answers.send_whole(send, 304, headers)
    return bool(matched)


async def send_body(
    ask: Ask, send: Send, body: bytes, kind: str, *, stem: str, steady: bool = True,
    more: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Send 200 in an encoding that the caller takes; kept by nobody unless `steady`."""
    accepted = encodings.acceptable(request.headers_of(ask.scope).get("accept-encoding"))
    encoding = encodings.chosen(accepted, len(body))
    headers = headers_for(ask, kind, steady=steady) | dict(more or {})
    if steady:
        headers["etag"] = f'"{stem}-{encodings.LETTER[encoding]}"'
    if encoding != encodings.IDENTITY:
        headers["content-encoding"] = encoding
        body = encodings.encode(body, encoding)
    await answers.send_whole(send, 200, headers, body, head=ask.head)


async def send_document(ask: Ask, send: Send, body: bytes, kind: str) -> None:
    """Send a small document; its ETag is a digest of its bytes."""
    stem = etag_of((body,))
    if not await send_if_same(ask, send, stem, kind):
        await send_body(ask, send, body, kind, stem=stem)


def as_json(document: Any) -> bytes:
    """Document as UTF-8 JSON."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
