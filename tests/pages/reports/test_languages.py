"""Pages of reports speak Indonesian and English; every msgid is Indonesian and has its English."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
WORDS = ROOT / "layers/locale/en/LC_MESSAGES/django.po"
PAGES = ("report", "tracking", "console", "agency", "performance")


def translated() -> dict[str, str]:
    """msgid -> msgstr of the English words (one line each)."""
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"$', WORDS.read_text(encoding="utf-8"), re.M)
    return {msgid.replace('\\"', '"'): msgstr for msgid, msgstr in pairs}


@pytest.mark.parametrize("folder", PAGES)
def test_every_word_of_the_pages_has_its_english(folder):
    words, missing = translated(), []
    for page in sorted((ROOT / "gis_platform/templates" / folder).glob("*.html")):
        found = re.findall(r"{% translate (?:\"([^\"]+)\"|'([^']+)') %}", page.read_text("utf-8"))
        missing += [a or b for a, b in found if not words.get(a or b)]
    assert missing == []


def test_names_in_braces_are_the_same_in_both_languages():
    names = re.compile(r"%\((\w+)\)[sd]")
    assert [
        msgid for msgid, msgstr in translated().items()
        if sorted(names.findall(msgid)) != sorted(names.findall(msgstr))
    ] == []  # fmt: skip
