"""Log lines without personal data: one a record, and of a database error only what broke.

The database's own words quote the row and, since the driver puts values into statements, what a
citizen wrote. Of such an error a line holds the SQLSTATE and the name of the rule.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime

import psycopg2
from django.db import Error as DatabaseFault

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def words_of(error: BaseException) -> str:
    """What may be written of an error."""
    if not isinstance(error, (DatabaseFault, psycopg2.Error)):
        return str(error)
    told = error if isinstance(error, psycopg2.Error) else error.__cause__
    if isinstance(told, psycopg2.Error) and told.pgcode:
        return f"{told.pgcode} {told.diag.constraint_name or ''}".strip()
    return str(error).partition("\n")[0]  # no answer of the server: it cannot be reached


def trace_of(error: BaseException, seen: frozenset[int] = frozenset()) -> str:
    """The traceback of an error and of those behind it, the first one on top."""
    behind = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = ""
    if behind is not None and id(behind) not in seen:
        before = trace_of(behind, seen | {id(error)}) + "\nand from there:\n"
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{before}{frames}{type(error).__qualname__}: {words_of(error)}"


def one_line(text: str) -> str:
    """Text that cannot begin a line of its own."""
    return _CONTROL.sub(lambda odd: f"\\x{ord(odd[0]):02x}", text)


class Lines(logging.Formatter):
    """Lines for people: time, level, logger, words; tracebacks below."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Write the record; what another formatter kept of its error is not trusted."""
        kept, record.exc_text = record.exc_text, None
        try:
            return super().format(record)
        finally:
            record.exc_text = kept

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (logging's name)
        """One line, whatever an address or a file's name held."""
        return one_line(super().formatMessage(record))

    def formatException(self, ei: object) -> str:  # noqa: N802
        """The traceback, database errors without their rows."""
        error = ei[1] if isinstance(ei, tuple) else None
        return trace_of(error) if isinstance(error, BaseException) else ""


class JsonLines(Lines):
    """Lines for programs: one JSON object each, UTC."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the record as JSON."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = {
            "at": moment,
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        return json.dumps(told)
