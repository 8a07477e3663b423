"""The OGC documents as HTML: the same content, escaped, in the platform's own sheets of style."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.features import Page
from tile_service.serve.ogc_asking import Ask
from tile_service.serve.ogc_documents import WORDS as DOCUMENT_WORDS
from tile_service.serve.ogc_documents import title_of

STYLES = ("tokens", "page", "forms", "parts")
WORDS = {
    "json": {"id": "Sebagai JSON", "en": "As JSON"},
    "next": {"id": "Halaman berikut", "en": "Next page"},
    "matched": {"id": "{matched} baris cocok, {returned} di halaman ini",
                "en": "{matched} rows match, {returned} on this page"},
    "returned": {"id": "{returned} baris di halaman ini", "en": "{returned} rows on this page"},
    "none": {"id": "Tidak ada baris yang cocok.", "en": "No row matches."},
    "key": {"id": "kunci", "en": "key"},
    "geometry": {"id": "tempat", "en": "place"},
    "links": {"id": "Tautan", "en": "Links"},
    "table": {"id": "Isi", "en": "Content"},
    "services": {"id": "Layanan peta", "en": "Map services"},
}  # fmt: skip
LONGEST_CELL = 300
MARK = '<img src="/static/platform/mark.svg" width="22" height="22" alt="">'
STEPS = DOCUMENT_WORDS | {"tileMatrixSets": DOCUMENT_WORDS["schemes"]}


def text(value: Any) -> str:
    """A value as escaped text, cut when it is very long."""
    if value is None:
        return "–"
    words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return escape(words if len(words) <= LONGEST_CELL else words[:LONGEST_CELL] + " …")


def shown(value: Any) -> str:
    """A value as HTML: addresses are links, words without a gap may be broken anywhere."""
    if is_address(value):
        return f"<code>{anchor(value, value)}</code>"
    words = text(value)
    return words if " " in words and isinstance(value, str) else f"<code>{words}</code>"


def is_address(value: Any) -> bool:
    """True for text that may stand as the target of a link."""
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def anchor(href: str, words: str) -> str:
    """A link; anything but an http address stays text."""
    if not is_address(href):
        return escape(words)
    return f'<a href="{escape(href, quote=True)}">{escape(words)}</a>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]], label: str) -> str:
    """A table of cells that are HTML already."""
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f'<div class="table-wrap" tabindex="0" role="region" aria-label="{escape(label)}">'
        f'<table class="items"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def for_people(ask: Ask, one: Mapping[str, Any]) -> str:
    """Where a link leads a reader: to the page of an address of ours."""
    href = str(one["href"])
    if not href.startswith(ask.base) or one["type"] == "text/html":
        return href
    return href + ("&" if "?" in href else "?") + "f=html"


def links(ask: Ask, found: Sequence[Mapping[str, Any]]) -> str:
    """Links of a document as a list: each place once, this one and its JSON left out."""
    lines: dict[str, str] = {}
    for one in found:
        if one["rel"] in {"self", "alternate", "next"}:
            continue
        words = one.get("title") or one["rel"].rsplit("/", 1)[-1]
        if one.get("templated"):
            lines[one["href"]] = f"{escape(words)}: <code>{escape(one['href'])}</code>"
        else:
            href = for_people(ask, one)
            lines.setdefault(href, anchor(href, words))
    if not lines:
        return ""
    listed = "".join(f"<li>{line}</li>" for line in lines.values())
    return f"<h2>{ask.said(WORDS['links'])}</h2><ul>{listed}</ul>"


def crumbs(ask: Ask) -> str:
    """Way back: services, landing page, and each step of the path."""
    way = [anchor(f"{ask.site}/layanan/", ask.said(WORDS["services"]))]
    way.append(anchor(ask.address(f="html"), "OGC API"))
    steps = [part for part in ask.tail.split("/") if part]
    for number, step in enumerate(steps[:-1]):
        way.append(anchor(ask.address("/" + "/".join(steps[: number + 1]), f="html"), step))
    return f'<p class="muted small">{" / ".join(way)}</p>'


def page(ask: Ask, title: str, body: str) -> bytes:
    """A whole page."""
    sheets = "".join(f'<link rel="stylesheet" href="/static/platform/{n}.css">' for n in STYLES)
    as_json = anchor(ask.here(f="json"), ask.said(WORDS["json"]))
    city = escape(ask.service.config.city)
    return (
        f'<!doctype html><html lang="{ask.words}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · {city}</title>{sheets}"
        '<link rel="icon" href="/static/platform/mark.svg" type="image/svg+xml"></head>'
        '<body class="public"><header class="top">'
        f'<a class="mark" href="/">{MARK}{city}</a></header>'
        f'<main id="main"><div class="sheet">{crumbs(ask)}<h1>{escape(title)}</h1>{body}'
        f"<p>{as_json}</p></div></main></body></html>"
    ).encode()


def facts(document: Mapping[str, Any]) -> str:
    """Plain values of a document as a list of facts."""
    left_out = {"title", "description", "type"}
    plain = {
        k: v for k, v in document.items() if not isinstance(v, list | dict) and k not in left_out
    }
    if not plain:
        return ""
    lines = "".join(f"<dt>{escape(k)}</dt><dd>{shown(v)}</dd>" for k, v in plain.items())
    return f'<dl class="facts">{lines}</dl>'


def listed(ask: Ask, name: str, entries: list[Any]) -> str:
    """A list inside a document."""
    if entries and all(isinstance(one, dict) and "links" in one for one in entries):
        rows = []
        for one in entries:
            own = next((li["href"] for li in one["links"] if li["rel"] == "self"), "")
            path = own.split("?")[0]
            head = anchor(f"{path}?f=html", one.get("title", one.get("id", "")))
            rows.append((head, text(one.get("id")), text(one.get("description", ""))))
        return table(("", "id", ""), rows, name)
    lines = "".join(f"<li>{shown(one)}</li>" for one in entries)
    return f"<h2>{escape(name)}</h2><ul>{lines}</ul>"


def operations(paths: Mapping[str, Any]) -> str:
    """Paths of an OpenAPI definition as a readable table."""
    rows = []
    for path, item in paths.items():
        given = item["get"]
        names = [one.get("name") or one["$ref"].rsplit("/", 1)[-1] for one in given["parameters"]]
        rows.append((f"<code>GET {escape(path)}</code>", text(given["summary"]),
                     f"<code>{escape(' '.join(names))}</code>"))  # fmt: skip
    return table(("", "", ""), rows, "API")


def mapped(name: str, inner: Mapping[str, Any]) -> str:
    """A mapping inside a document."""
    rows = [(f"<code>{escape(str(k))}</code>", shown(v)) for k, v in inner.items()]
    return f"<h2>{escape(name)}</h2>{table(('', ''), rows, name)}"


def document(ask: Ask, found: Mapping[str, Any]) -> bytes:
    """Any document of the API."""
    given = found.get("info", found)
    step = ask.tail.rsplit("/", 1)[-1]
    title = given.get("title") or ask.said(STEPS.get(step, {"id": step or "OGC API"}))
    parts = [f"<p>{text(given['description'])}</p>"] if given.get("description") else []
    parts.append(facts(found))
    for name, value in found.items():
        if name == "paths":
            parts.append(operations(value))
        elif name in {"links", "info", "components", "tags"}:
            continue
        elif isinstance(value, list) and value:
            parts.append(listed(ask, name, value))
        elif isinstance(value, dict) and value:
            parts.append(mapped(name, value))
    if found.get("links"):
        parts.append(links(ask, found["links"]))
    return page(ask, title, "".join(parts))


def heads(ask: Ask, face: PublishedFace, names: Sequence[str]) -> list[str]:
    """Columns in the reader's words."""
    columns = face.spec["collection"]["columns"]
    return [ask.said(columns[name]["words"]) for name in names]


def cell(kind: str, value: Any) -> str:
    """A value of a row; moments to the minute, as people read them."""
    if kind == "timestamp with time zone" and isinstance(value, str):
        return escape(f"{value[:10]} {value[11:16]} UTC")
    return text(value)


def items(ask: Ask, face: PublishedFace, head: Mapping[str, Any], found: Page) -> bytes:
    """A page of features as a table, one row each."""
    held = face.spec["collection"]["columns"]
    rows, names = [], list(held)
    read = [json.loads(feature) for feature in found.features]
    if read:
        names = [name for name in names if name in read[0]["properties"]]
    for one in read:
        own = ask.address(f"/collections/{face.slug}/items/{one['id']}", f="html")
        cells = [cell(held[name]["type"], one["properties"][name]) for name in names]
        rows.append((anchor(own, str(one["id"])), *cells))
    words = WORDS["matched"] if "numberMatched" in head else WORDS["returned"]
    numbers = {"matched": head.get("numberMatched", ""), "returned": head["numberReturned"]}
    parts = [f"<p>{escape(ask.said(words).format(**numbers))}</p>"]
    if rows:
        top = [ask.said(WORDS["key"]), *heads(ask, face, names)]
        parts.append(table(top, rows, title_of(ask, face)))
    else:
        parts.append(f'<p class="empty">{ask.said(WORDS["none"])}</p>')
    following = [one for one in head["links"] if one["rel"] == "next"]
    if following:
        parts.append(f"<p>{anchor(following[0]['href'], ask.said(WORDS['next']))}</p>")
    parts.append(f'<p class="muted small">{text(head["attribution"])}</p>')
    return page(ask, title_of(ask, face), "".join(parts) + links(ask, head["links"]))


def item(ask: Ask, face: PublishedFace, found: str, own: Sequence[Mapping[str, Any]]) -> bytes:
    """One feature as a list of facts."""
    one = json.loads(found)
    names = list(one["properties"])
    pairs = zip(heads(ask, face, names), one["properties"].values(), strict=True)
    lines = "".join(f"<dt>{escape(name)}</dt><dd>{text(value)}</dd>" for name, value in pairs)
    place = f"<dt>{ask.said(WORDS['geometry'])}</dt><dd><code>{text(one['geometry'])}</code></dd>"
    body = f'<dl class="facts">{lines}{place}</dl>'
    return page(ask, f"{title_of(ask, face)} {one['id']}", body + links(ask, own))
