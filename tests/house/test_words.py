"""People read words: columns have names, and every sentence is there in both languages."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections import Counter
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

import gis_platform
import layers as layers_package
import spatial_analysis
import tile_service
from gis_platform.management.commands.words import words_of
from layers.column_words import COLUMNS
from layers.errors import every_error
from layers.registry import all_layers

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (gis_platform, layers_package, spatial_analysis, tile_service)
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
TEXT = r'(?:"(?:[^"\\]|\\.)*"\s*)+'
ENTRY = re.compile(rf"^msgid ({TEXT})(?:msgid_plural {TEXT})?msgstr(?:\[0\])? ({TEXT})", re.M)
LEFT_OUT = re.compile(r"migrations|wsgi|asgi|ingest_child|settings")


def read(text: str) -> str:
    """The value of a catalogue's quoted text."""
    return "".join(ast.literal_eval(part) for part in re.findall(r'"(?:[^"\\]|\\.)*"', text))


def catalogue(language: str) -> dict[str, str]:
    """Sentence -> translation, of all packages; fuzzy and empty ones left out."""
    known: dict[str, str] = {}
    for package in ("gis_platform", "layers"):
        path = ROOT / package / "locale" / language / "LC_MESSAGES" / "django.po"
        if path.exists():
            text = re.sub(r"(?m)^#,.*fuzzy.*\n(?:.+\n)+", "", path.read_text(encoding="utf-8"))
            known |= {read(source): read(words) for source, words in ENTRY.findall(text)}
    return {source: words for source, words in known.items() if words}


def sentences_of_code(path: Path) -> set[str]:
    """First arguments of the gettext calls in a module."""
    return {
        node.args[0].value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) in CALLS
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def sentences_of_template(path: Path) -> set[str]:
    """What a template's translate and blocktranslate tags say."""
    code = templatize(path.read_text(encoding="utf-8"))
    quoted = r"""u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    found = re.findall(rf"(?:gettext|_)\(\s*{quoted}", code)
    return {ast.literal_eval(text) for text in found}


def test_every_sentence_of_pages_and_code_is_there_in_english():
    known = catalogue("en")
    missing = {
        f"{path.relative_to(ROOT)}: {sentence}"
        for package in ("gis_platform", "layers", "spatial_analysis", "tile_service")
        for path in sorted((ROOT / package).rglob("*"))
        if path.suffix in {".py", ".html", ".txt"} and path.is_file()
        for sentence in (
            sentences_of_code(path) if path.suffix == ".py" else sentences_of_template(path)
        )
        if sentence.strip() and sentence not in known
    }
    assert missing == set(), "run `manage.py words`, then translate"


def test_no_sentence_is_translated_that_nobody_says():
    said = {word for layer in all_layers() for word in words_of(layer)}
    for package in PACKAGES:
        for path in Path(package.__path__[0]).rglob("*"):
            if path.suffix in {".html", ".txt"}:
                said |= sentences_of_template(path)
            elif path.suffix == ".py":
                texts = [
                    node.value
                    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                    if isinstance(node, ast.Constant) and isinstance(node.value, str)
                ]
                said |= {*texts, *map(inspect.cleandoc, texts)}
    assert {*catalogue("en"), *catalogue("id")} - {""} - said == set()


@pytest.mark.parametrize("layer", all_layers(), ids=lambda layer: layer.slug)
def test_every_word_of_a_layer_is_there_in_english(layer):
    known = catalogue("en")
    words = {word for word in words_of(layer) if any(map(str.isalpha, word))}
    assert {word for word in words if word not in known} == set()


def test_no_sentence_stands_twice_in_a_catalogue():
    """Two hands may add the same sentence; then nothing is compiled and no city is set up."""
    for path in sorted(ROOT.glob("*/locale/*/LC_MESSAGES/django.po")):
        said = [read(source) for source, _ in ENTRY.findall(path.read_text(encoding="utf-8"))]
        assert sorted(said) == sorted(set(said)), path


def test_every_error_is_said_in_both_languages():
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not LEFT_OUT.search(module.name):
                importlib.import_module(module.name)
    english, indonesian = catalogue("en"), catalogue("id")
    sentences = {
        inspect.getdoc(kind) or ""
        for kind in every_error()
        if kind.__module__.split(".")[0] != "tests"
    }
    silent = {
        sentence
        for sentence in sentences
        if english.get(sentence, sentence) == sentence and sentence not in indonesian
    }
    assert silent == set()


@pytest.mark.parametrize("path", sorted(ROOT.glob("*/locale/*/LC_MESSAGES/django.po")), ids=str)
def test_no_sentence_is_translated_twice(path):
    told = [read(source) for source, _ in ENTRY.findall(path.read_text(encoding="utf-8"))]
    assert [sentence for sentence, times in Counter(told).items() if times > 1] == []


def test_translations_keep_the_holes_of_their_sentences():
    hole = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%%")
    for language in ("en", "id"):
        for source, words in catalogue(language).items():
            assert sorted(hole.findall(source)) == sorted(hole.findall(words)), source


def test_the_words_of_the_scripts_are_the_same_in_both_languages():
    text = (ROOT / "gis_platform/static/platform/words.mjs").read_text(encoding="utf-8")
    body = text.split("const WORDS = {")[1].split("\n};")[0]
    indonesian, english = body.split("\n  en: {")
    name = re.compile(r'(?:^|[,{\s])(\w+): "', re.M)
    keys = [set(name.findall(part)) for part in (indonesian, english)]
    assert keys[0] and keys[0] == keys[1]


@pytest.mark.parametrize("layer", all_layers(), ids=lambda layer: layer.slug)
def test_every_column_that_leaves_the_house_has_a_name_for_people(layer):
    nameless = {*layer.public_fields, *layer.staff_fields} - set(COLUMNS)
    assert nameless == set()
