"""A few reports put among many lie where sorting all of them anew would put them."""

from __future__ import annotations

import numpy as np
import pytest

from spatial_analysis.studies.incident_frames import Reports, joined, ordered, together


def made(n: int, first: int) -> Reports:
    """`n` reports on few places and moments, so that every key has ties."""
    rng = np.random.default_rng(first)
    names = np.array([f"N{number}" for number in range(first, first + n)], dtype=np.str_)
    return ordered(Reports(
        pk=np.arange(first, first + n), xy=rng.integers(0, 5, (n, 2)).astype(float),
        island=np.zeros(n, dtype=np.int64), at_s=rng.integers(0, 3, n).astype(float),
        category=np.full(n, "sampah"), reporter=np.arange(n, dtype=np.uint64), number=names,
        kelurahan=np.full(n, "k"), origin=np.full(n, "o"), elsewhere=0,
    ))  # fmt: skip


@pytest.mark.parametrize(("many", "few"), [(400, 9), (30, 300), (0, 4), (4, 0), (0, 0)])
def test_few_among_many_are_in_the_order_of_all(many, few):
    some, more = made(many, 1), made(few, 99_990)
    quick, slow = together(some, more), joined([some, more])
    assert quick.pk.tolist() == slow.pk.tolist()
    assert quick.number.tolist() == slow.number.tolist()
    assert quick.xy.tolist() == slow.xy.tolist()
