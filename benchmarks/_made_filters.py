"""Made CQL2 trees: sound ones, odd ones, and texts that would like to be SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

WOULD_BE_SQL = (
    "'", '"', "';--", "' OR '1'='1", "%", "%s", "%(v0)s", "{view}", "\\", "\\'", "$$; SELECT 1; $$",
    "x') UNION SELECT usename FROM pg_user --", "/*", "pg_sleep(9)", "a\u2019b", "\u0000",
)  # fmt: skip
OPERATORS = (
    "=", "<>", "<", ">=", "between", "in", "like", "isNull", "and", "or", "not", "s_intersects",
    "t_after", "t_during", "DROP", "casei", "+",
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=40), st.sampled_from(WOULD_BE_SQL))
PLAIN = TEXTS.filter(lambda text: "\x00" not in text)
LITERALS = st.one_of(
    st.integers(-(10**18), 10**18), st.floats(allow_nan=False, allow_infinity=False), TEXTS,
    st.booleans(), st.none(),
)  # fmt: skip
GEOMETRY = {"property": "geometry"}


def call(op: str, *args: object) -> dict[str, Any]:
    """An operator and its parts."""
    return {"op": op, "args": list(args)}


def _sound(kinds: Mapping[str, str]) -> st.SearchStrategy[Any]:
    """Filters that are served: on columns of the kind that they need."""
    of = {kind: [{"property": name} for name, held in kinds.items() if held == kind]
          for kind in ("text", "number")}  # fmt: skip
    found = [
        st.builds(
            lambda x, y: call("s_intersects", GEOMETRY, {"bbox": [x, y, x + 1, y + 1]}),
            st.floats(-179, 178), st.floats(-89, 88),
        )
    ]  # fmt: skip
    if of["text"]:
        column = st.sampled_from(of["text"])
        found += [
            st.builds(call, st.sampled_from(["=", "<>", "<"]), column, PLAIN),
            st.builds(lambda one, text: call("like", one, "a" + text), column, PLAIN),
            st.builds(lambda one, texts: call("in", one, texts), column,
                      st.lists(PLAIN, min_size=1, max_size=5)),
        ]  # fmt: skip
    if of["number"]:
        column = st.sampled_from(of["number"])
        found.append(st.builds(lambda one, low, high: call("between", one, low, high), column,
                               st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9)))  # fmt: skip
    return st.one_of(*found)


def trees(kinds: Mapping[str, str]) -> st.SearchStrategy[Any]:
    """Trees over columns of these kinds: half of them sound, half with anything in any place."""
    sound = _sound(kinds)
    served = st.recursive(
        sound,
        lambda inner: st.one_of(
            st.builds(call, st.sampled_from(["and", "or"]), inner, inner),
            st.builds(call, st.just("not"), inner),
        ),
        max_leaves=5,
    )
    names = st.one_of(st.sampled_from(sorted(kinds)), TEXTS)
    parts = st.one_of(LITERALS, st.builds(lambda name: {"property": name}, names))
    operators = st.one_of(st.sampled_from(OPERATORS), TEXTS)
    wild = st.recursive(
        st.one_of(sound, parts),
        lambda inner: st.one_of(
            inner.map(lambda one: call("not", one)),
            st.builds(lambda op, args: call(op, *args), operators, st.lists(inner, max_size=3)),
        ),
        max_leaves=8,
    )
    return st.one_of(served, wild)
