"""Filters: ten thousand made CQL2 filters, and whether any of their text became SQL.

Each is asked as CQL2 JSON on a published face, as /ogc asks it. What is served is sent to the
database with the face's own read-only login. Three readers look for text of the filter in the
statement: a closed vocabulary of what our own statements are made of; what psycopg2 sent, its
literals taken out by a reader of SQL's quoting, beside the statement without its placeholders; and
PostgreSQL, for which a statement that broke would be a syntax error or an unknown name.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import psycopg2
from hypothesis import HealthCheck, Phase, given, settings
from psycopg2 import errors
from rich.console import Console
from rich.table import Table

from benchmarks import _made_filters
from tile_service.models import PublishedLayer
from tile_service.publish.serving import config
from tile_service.serve import cql2_filter, features
from tile_service.serve.errors import Refused
from tile_service.serve.ogc_parameters import kinds_of, wish_of

EXAMPLES = 10_000
SLUGS = ("facilities", "reports")
PLACEHOLDER = re.compile(r"%\((?:v\d+|rows|offset|most_bytes)\)s")
# Literals as psycopg2 writes them; escapes count in E'' alone (standard_conforming_strings is on).
TEXT = r"(?:E'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*')(?:::\w+)?"
NUMBER = r" ?-?\d+(?:\.\d+)?(?:e[-+]?\d+)?"
ONE = f"(?:{TEXT}|{NUMBER}|true|false)"
LITERAL = re.compile(rf"ARRAY\[{ONE}(?:,{ONE})*\]|{ONE}", re.DOTALL)


@dataclass
class Tally:
    """What became of the filters."""

    outcomes: Counter[str] = field(default_factory=Counter)
    statements: set[str] = field(default_factory=set)
    parameters: int = 0
    foreign_words: list[str] = field(default_factory=list)
    other_statement: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def vocabulary(spec: dict[str, Any]) -> re.Pattern[str]:
    """Everything that a statement of this face may be made of."""
    bare, _ = features.page_statement(spec, wish_of({}, spec))
    own = sorted(set(re.findall(r"[A-Za-z_]+|[^\sA-Za-z_]", bare)), key=len, reverse=True)
    words = [
        "AND", "OR", "NOT", "true", "false", "BETWEEN", "ANY", "LIKE", "IS", "NULL",
        "ST_Intersects", "ST_MakeEnvelope", "ST_SetSRID", "ST_GeomFromGeoJSON", "ST_Transform",
        "ST_Segmentize", "ST_FlipCoordinates", "4326", "geom", "_at",
        *kinds_of(spec["collection"]),
    ]  # fmt: skip
    quoted = (rf"\b{re.escape(one)}\b" if one[0].isalpha() else re.escape(one) for one in own)
    listed = (rf"\b{re.escape(one)}\b" for one in words)
    return re.compile("|".join([PLACEHOLDER.pattern, *listed, *quoted, r'<>|<=|>=|[=<>(),"\s]']))


def same_statement(text: str, sent: str) -> bool:
    """True when what was sent is the statement with one literal in place of each placeholder."""
    parts = PLACEHOLDER.split(text.replace("%%", "%"))
    at = 0
    for number, part in enumerate(parts):
        if number:
            match = LITERAL.match(sent, at)
            if match is None:
                return False
            at = match.end()
        if not sent.startswith(part, at):
            return False
        at += len(part)
    return at == len(sent)


def ask(face: PublishedLayer, words: re.Pattern[str], cursor: Any, tree: Any, tally: Tally) -> None:
    """One filter, from the text of a request to the database."""
    try:
        wish = wish_of({"filter": json.dumps(tree), "filter-lang": cql2_filter.JSON}, face.spec)
        text, params = features.page_statement(face.spec, wish)
    except Refused:
        tally.outcomes["refused before SQL (400)"] += 1
        return
    tally.statements.add(text)
    tally.parameters += len(params)
    if left := words.sub("", text).strip():
        tally.foreign_words.append(left)
    sent = cursor.mogrify(text, params).decode()
    if not same_statement(text, sent):
        tally.other_statement.append(sent)
    try:
        cursor.execute(text, params)
        tally.outcomes["answered (200)"] += 1
    except (errors.DataError, errors.InternalError_):
        tally.outcomes["refused by the database as a value (400)"] += 1
    except psycopg2.Error as fault:
        tally.broken.append(f"{type(fault).__name__}: {text}")


def run(slug: str, examples: int) -> Tally:
    """`examples` made filters on the public face of a layer."""
    face, tally = PublishedLayer.objects.get(slug=slug, face="public"), Tally()
    words = vocabulary(face.spec)
    conn = psycopg2.connect(**config().keywords(face.login))
    conn.autocommit = True

    @settings(max_examples=examples, deadline=None, database=None, derandomize=True,
              phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(_made_filters.trees(kinds_of(face.spec["collection"])))
    def each(tree: Any) -> None:
        ask(face, words, cursor, tree, tally)

    with conn.cursor() as cursor:
        cursor.execute("SET statement_timeout = '5s'; SET default_transaction_read_only = on")
        each()
    conn.close()
    return tally


def goals(tally: Tally, examples: int) -> list[tuple[str, str, bool]]:
    """Goal, ours, met."""
    done = sum(tally.outcomes.values()) + len(tally.broken)
    sent = sum(n for name, n in tally.outcomes.items() if "before" not in name)
    return [
        (f"{examples:,} made filters asked", f"{done:,}, {sent:,} of them sent", done >= examples),
        ("words of a filter in a statement: 0", str(len(tally.foreign_words)),
         not tally.foreign_words),
        ("sent statements that differ but for literals: 0", str(len(tally.other_statement)),
         not tally.other_statement),
        ("syntax errors, unknown names, other faults (500): 0", str(len(tally.broken)),
         not tally.broken),
    ]  # fmt: skip


def main(examples: int = EXAMPLES) -> None:
    """Print what became of the filters."""
    console = Console()
    for slug in SLUGS:
        tally = run(slug, examples // len(SLUGS))
        told = f"{len(tally.statements):,} statements, {tally.parameters:,} parameters"
        table = Table("goal", "ours", "met", title=f"{slug}: {dict(tally.outcomes)}, {told}")
        for goal, ours, met in goals(tally, examples // len(SLUGS)):
            table.add_row(goal, ours, "yes" if met else "NO")
        console.print(table)
        for fault in (*tally.foreign_words, *tally.other_statement, *tally.broken)[:5]:
            console.print(fault, markup=False)
