"""The cube adds and takes away without a trace: the same bits as a recount."""

from __future__ import annotations

import numpy as np
import pytest

from spatial_analysis.methods.cube import (
    BadCube,
    CubeCounter,
    NotInCube,
    add,
    cell_counts,
    count_cube,
    digest,
    subtract,
)

SHAPE = (1200, 365, 9)


def rows(n: int, seed: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    return tuple(rng.integers(0, size, n) for size in SHAPE)


def test_three_rows_make_two_entries():
    cube = count_cube([4, 4, 7], [0, 0, 2], [1, 1, 0], shape=(10, 3, 2))
    assert [column.tolist() for column in cube.unpack()] == [[4, 7], [0, 2], [1, 0]]
    assert cube.counts.tolist() == [2, 1]


def test_counts_of_a_cell_can_be_cut_by_day_and_category():
    cube = count_cube([4, 4, 7], [0, 1, 2], [1, 0, 0], shape=(10, 3, 2))
    assert cell_counts(cube).tolist() == [0, 0, 0, 0, 2, 0, 0, 1, 0, 0]
    assert cell_counts(cube, days=slice(1, 3))[[4, 7]].tolist() == [1, 1]
    assert cell_counts(cube, category=1)[[4, 7]].tolist() == [1, 0]


def test_a_hundred_thousand_more_and_a_thousand_fewer_give_the_rebuilt_cube():
    first, more = rows(200_000, 1), rows(100_000, 2)
    gone = tuple(column[:1000] for column in first)
    step_by_step = subtract(
        add(count_cube(*first, shape=SHAPE), count_cube(*more, shape=SHAPE)),
        count_cube(*gone, shape=SHAPE),
    )
    kept = tuple(np.concatenate([a[1000:], b]) for a, b in zip(first, more, strict=True))
    rebuilt = count_cube(*kept, shape=SHAPE)
    assert digest(step_by_step) == digest(rebuilt)


def test_the_digest_does_not_depend_on_the_order_of_the_rows():
    columns = rows(5000, 4)
    shuffled = np.random.default_rng(5).permutation(5000)
    again = count_cube(*(column[shuffled] for column in columns), shape=SHAPE)
    assert digest(again) == digest(count_cube(*columns, shape=SHAPE))


def test_a_stream_counted_part_by_part_is_the_cube_of_all_rows():
    columns, counter = rows(20_000, 6), CubeCounter(SHAPE)
    whole = count_cube(*columns, shape=SHAPE)
    for part in np.array_split(np.random.default_rng(7).permutation(20_000), 9):
        counter.count(*(column[part] for column in columns))
    assert counter.total == 20_000
    assert counter.digest() == digest(whole) == digest(counter.cube())
    assert (counter.cell_counts() == cell_counts(whole)).all()
    chosen = {"days": slice(30, 60), "category": 4}
    assert (counter.cell_counts(**chosen) == cell_counts(whole, **chosen)).all()


def test_a_stream_refuses_what_lies_outside_its_shape():
    with pytest.raises(BadCube):
        CubeCounter(SHAPE).count([1200], [0], [0])
    with pytest.raises(BadCube):
        CubeCounter((1 << 20, 1 << 20, 9))


def test_what_is_not_in_the_cube_cannot_be_taken_out():
    with pytest.raises(NotInCube):
        subtract(count_cube([1], [1], [1], shape=SHAPE), count_cube([2], [1], [1], shape=SHAPE))


def test_a_cell_outside_the_shape_is_refused():
    with pytest.raises(BadCube):
        count_cube([SHAPE[0]], [0], [0], shape=SHAPE)
    with pytest.raises(BadCube):
        count_cube([0.5], [0], [0], shape=SHAPE)
