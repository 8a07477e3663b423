"""OGC API - Features: a page of a collection's items, and one item."""

from __future__ import annotations

import time
from collections.abc import Hashable
from typing import Any

from tile_service.serve import features, ogc_pages
from tile_service.serve.answers import Send
from tile_service.serve.cache import etag_of
from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.errors import Missing
from tile_service.serve.features import Page
from tile_service.serve.ogc_asking import (
    GEOJSON,
    HTML,
    JSON,
    Ask,
    as_json,
    link,
    own_links,
    send_body,
    send_if_same,
)
from tile_service.serve.ogc_documents import title_of
from tile_service.serve.ogc_frames import CRS84, frame_of
from tile_service.serve.ogc_parameters import LARGEST_KEY, WHOLE, Wish, canonical, wish_of
from tile_service.serve.vector import TICK_S


def moment(ask: Ask, face: PublishedFace) -> tuple[Hashable, ...]:
    """What of a face shapes an answer besides the request: version, last change, clock."""
    epoch = ask.service.catalogue.epochs.get((face.slug, face.face), 0)
    tick = int(time.time() // TICK_S) if face.spec.get("moves_with_time") else 0
    return (face.slug, face.face, face.version, epoch, tick)


def _stem(ask: Ask, face: PublishedFace) -> str:
    given = tuple(sorted(ask.given.items()))
    return etag_of((*moment(ask, face), ask.path, given, ask.site, ask.words, ask.html))


def _crs_header(uri: str) -> dict[str, str]:
    return {"content-crs": f"<{uri}>"}


async def _matched(ask: Ask, face: PublishedFace, wish: Wish, page: Page) -> int | None:
    if not page.more and wish.after is None and not wish.offset:
        return len(page.features)
    counts = ask.service.counts
    asked = features.count_statement(face.spec, wish)
    key = (moment(ask, face), repr(asked))
    if key in counts.held:
        return counts.held[key]
    pool = ask.service.pool(face.login)
    return counts.keep(key, await pool.run(features.read_count, pool, face, wish))


def _page_links(ask: Ask, face: PublishedFace, page: Page) -> list[dict[str, Any]]:
    links = own_links(ask, GEOJSON)
    if page.more:
        following = ask.here(after=str(page.last), offset="")
        links.append(link(following, "next", "text/html" if ask.html else GEOJSON))
    about = ask.address(f"/collections/{face.slug}")
    return [*links, link(about, "collection", JSON, title_of(ask, face))]


async def send_items(ask: Ask, send: Send, face: PublishedFace) -> None:
    """Send one page of a collection's items; raises Refused."""
    wish = wish_of(ask.given, face.spec)
    kind, stem = (HTML if ask.html else GEOJSON), _stem(ask, face)
    features.page_statement(face.spec, wish)  # refuses a filter before anything is sent
    if await send_if_same(ask, send, stem, kind):
        return
    before, pool = moment(ask, face), ask.service.pool(face.login)
    page: Page = await pool.run(features.read_page, pool, face, wish)
    matched = await _matched(ask, face, wish, page)
    head: dict[str, Any] = {
        "type": "FeatureCollection",
        "title": title_of(ask, face),
        "attribution": face.spec["collection"]["attribution"],
        "links": _page_links(ask, face, page),
        "numberReturned": len(page.features),
    }
    if matched is not None:
        head["numberMatched"] = matched
    more = _crs_header(wish.frame.uri)
    if wish.window:
        more["content-location"] = ask.here(datetime=canonical(wish.window))
    body = as_json(head)[:-1] + b',"features":[' + ",".join(page.features).encode() + b"]}"
    if ask.html:
        body = ogc_pages.items(ask, face, head, page)
    steady = before == moment(ask, face)
    await send_body(ask, send, body, kind, stem=stem, steady=steady, more=more)


async def send_item(ask: Ask, send: Send, face: PublishedFace, key_text: str) -> None:
    """Send one feature; raises Missing, Refused."""
    held = face.spec["collection"]
    frame = frame_of("crs", ask.given.get("crs", CRS84), held["metric_srid"])
    if not WHOLE.fullmatch(key_text) or int(key_text) > LARGEST_KEY:
        raise Missing
    kind, stem = (HTML if ask.html else GEOJSON), _stem(ask, face)
    if await send_if_same(ask, send, stem, kind):
        return
    before, pool = moment(ask, face), ask.service.pool(face.login)
    found = await pool.run(features.read_item, pool, face, frame, int(key_text))
    if found is None:
        raise Missing
    links = [
        *own_links(ask, GEOJSON),
        link(ask.address(f"/collections/{face.slug}"), "collection", JSON, title_of(ask, face)),
    ]
    body = found[:-1].encode() + b',"links":' + as_json(links) + b"}"
    if ask.html:
        body = ogc_pages.item(ask, face, found, links)
    steady = before == moment(ask, face)
    await send_body(ask, send, body, kind, stem=stem, steady=steady, more=_crs_header(frame.uri))
