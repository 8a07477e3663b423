"""Whatever the tile path, OGC API, WMS, WFS or WMTS refuses is said in the reader's language."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tile_service.serve import errors
from tile_service.serve.sentences import SENTENCES, said

ROOT = Path(__file__).resolve().parents[2] / "tile_service"
PLACES = ("serve", "publish/ows", "publish/wms", "publish/wfs", "publish/wmts.py")
CONSTANTS = {"sentence", "BUSY", "UNKNOWN_BEARER"}


def template(node: ast.expr) -> str:
    """A text of the code with `{}` in the place of what is put in; "" for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(getattr(part, "value", "{}") if isinstance(part, ast.Constant) else "{}"
                       for part in node.values)  # fmt: skip
    return ""


def sentences_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        parts: list[ast.expr] = []
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused":
            parts = node.args
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in CONSTANTS:
            parts = [node.value]
        yield from (text for text in map(template, parts) if " " in text)


def all_sentences() -> set[str]:
    found = [ROOT / place for place in PLACES]
    files = [path for one in found for path in ([one] if one.is_file() else one.rglob("*.py"))]
    kinds = [kind for kind in vars(errors).values()
             if inspect.isclass(kind) and issubclass(kind, errors.Refused)]  # fmt: skip
    told = {inspect.getdoc(kind) or "" for kind in kinds if kind is not errors.Refused}
    return told | {text for path in files for text in sentences_of(path)}


def test_every_refusal_has_its_sentence_in_indonesian_with_the_same_names_in_it():
    sentences = all_sentences()
    assert len(sentences) > 90
    for sentence in sentences:
        names = [f"N{number}" for number in range(sentence.count("{}"))]
        english = sentence.format(*names)
        words = said(english, "id")
        assert words != english or sentence in SENTENCES, sentence
        assert re.findall(r"N\d", words) == names, words
        assert said(english, "en") == english


def test_the_sentence_with_most_words_of_its_own_is_the_one_meant():
    assert said("SERVICE must be WFS.", "id") == "SERVICE harus WFS."
    assert said("VERSION must be 2.0.0 or 1.1.0.", "id") == "VERSION harus 2.0.0 atau 1.1.0."
    assert said("WIDTH: at most 4096 pixels.", "id") == "WIDTH: paling banyak 4096 piksel."
    assert said("Anything else.", "id") == "Anything else."


RAW = [
    ("/t/facilities/pub/now/12/9/9.mvt?limit=0", 400, "Parameter tidak dikenal: 'limit'."),
    ("/t/no/pub/now/12/9/9.mvt", 404, "Tidak ada apa-apa di sini, atau bukan untuk Anda."),
    ("/t/facilities/pub/now/12/9/9.mvt?from=x&to=y", 400, "Lapisan ini tidak punya waktu"),
    ("/r/toy-relief/pub/now/value?lon=a&lat=1", 400, "Berikan lon dan lat dalam derajat."),
    ("/ogc/collections/facilities/items?limit=-1", 400, "limit: tulis bilangan bulat dari 1"),
    ("/ogc/collections/facilities/items?filter=x%20y", 400, "filter: ini bukan cql2-text."),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "status", "words"), RAW)
def test_the_raw_server_refuses_in_the_readers_language_and_in_english_beside_it(
    server, path, status, words
):
    indonesian = server.get(path, accept_language="id-ID,en;q=0.5")
    english = server.get(path, accept_language="en-GB,id;q=0.5")
    assert indonesian.status == english.status == status
    told, other = json.loads(indonesian.body), json.loads(english.body)
    assert told["title"].startswith(words)
    assert other["title"] == other["title_en"] == told["title_en"] != told["title"]
    assert english.headers["content-language"] == "en"
    assert json.loads(server.get(path).body)["title"] == told["title"]  # as all of the site does


DJANGO = [
    ("/tiles/reports/waktu.json?from=2026-10-05T00:00:00Z", "Berikan from dan to, keduanya.",
     "Give both from and to."),
    ("/tiles/reports/waktu.json?x=1", "parameter x", "parameter called x"),
    ("/wms?REQUEST=GetMap", "CRS tidak ada.", "CRS is missing."),
    ("/wms?REQUEST=PutMap", "PutMap tidak dilayani.", "PutMap is not supported."),
    ("/wfs?REQUEST=Transaction", "Transaction tidak dilayani: layanan ini hanya untuk membaca.",
     "Transaction is not supported: this service is read-only."),
    ("/wmts?SERVICE=WMS&REQUEST=GetTile", "SERVICE harus WMTS.", "SERVICE must be WMTS."),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "indonesian", "english"), DJANGO)
def test_counts_by_time_and_the_older_protocols_refuse_in_the_readers_language(
    toy_city, client, path, indonesian, english
):
    for language, words in (("id", indonesian), ("en", english)):
        answer = client.get(path, headers={"accept-language": language})
        assert answer.status_code == 400
        assert words in answer.content.decode()
