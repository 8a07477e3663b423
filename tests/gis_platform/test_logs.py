"""No log line holds what a citizen wrote, and no text begins a line of its own."""

from __future__ import annotations

import json
import logging
import sys

import pytest
from django.db import DatabaseError, transaction

from gis_platform.logs import JsonLines, Lines
from layers.catalog.reports.models import Report
from tests.layers.reports.conftest import tell, toy  # noqa: F401

CANARY = "+62 812-9999-0000"


def record(message: str, *, broken: bool = False) -> logging.LogRecord:
    """A record as Django's request logger makes one."""
    told = sys.exc_info() if broken else None
    return logging.LogRecord("django.request", logging.ERROR, "f", 1, message, (), told)


@pytest.mark.django_db
@pytest.mark.parametrize("form", [Lines(), JsonLines()])
def test_a_broken_rule_is_named_without_the_row(tell, form):  # noqa: F811
    report = tell(words=f"Telepon saya {CANARY}")
    try:
        with transaction.atomic():
            Report.objects.filter(pk=report.pk).update(state="selesai")
    except DatabaseError as error:
        assert CANARY in str(error)  # what a plain formatter would have written down
        line = form.format(record("Internal Server Error", broken=True))
    assert CANARY not in line
    assert "23514 report_closed_has_resolution" in line and "Traceback" not in line


def test_a_line_is_one_line():
    odd = record("Not Found: /peta/\nERROR forged \x1b[31m\u2028")
    assert "\n" not in Lines().format(odd) and "\u2028" not in Lines().format(odd)
    assert json.loads(JsonLines().format(odd))["message"].startswith("Not Found")
    assert len(JsonLines().format(odd).splitlines()) == 1


def test_other_errors_keep_their_words():
    try:
        raise ValueError("why") from KeyError("before")
    except ValueError:
        line = Lines().format(record("x", broken=True))
    assert "KeyError: 'before'" in line and line.endswith("ValueError: why")
