"""Scan statistics: the circle, and the days, that stand out most, and how often chance does so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from spatial_analysis.methods.frame import Floats, Ints
from spatial_analysis.methods.scan_windows import BadScan, Circles, circles

VERSION = "1"
Engine = Literal["auto", "compiled", "arrays"]
Draw = Callable[[np.random.Generator], Floats]
SAME = 1 - 1e-12  # a random map as strong to rounding counts as stronger
LEAST_CASES = 2


@dataclass(frozen=True, slots=True)
class ScanCluster:
    """A circle and its steps [start, end): members nearest first, cases, expected, chance.

    p : (1 + random maps with a window as strong, anywhere) / (R + 1)
    p_gumbel : the same by a Gumbel law fitted to the random maps; beside p, never instead
    """

    centre: int
    members: tuple[int, ...]
    radius_m: float
    start: int
    end: int
    cases: int
    expected: float
    relative_risk: float
    statistic: float
    p: float
    p_gumbel: float


@dataclass(frozen=True, slots=True)
class Scan:
    """Clusters that share no place at one time, strongest first; `replications` were drawn."""

    clusters: tuple[ScanCluster, ...]
    replications: int
    params: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    version: str = VERSION


@dataclass(frozen=True, slots=True)
class ScanRules:
    """How a scan looks and how its chance is counted.

    radius_m, most_share : limits of a circle (share of `size`); longest : most steps of a
    window (None: half of all, at least 1); alive : only windows that reach the last step
    replications, seed : random maps, one Philox stream each: the same p on any number of workers
    stop_after : end as soon as so many maps were as strong as the best cluster
    (Besag & Clifford 1991), None: never
    """

    radius_m: float = np.inf
    most_share: float = 0.5
    longest: int | None = None
    alive: bool = False
    replications: int = 999
    seed: int = 0
    stop_after: int | None = None
    engine: Engine = "auto"
    workers: int = 2


def scan_poisson(
    place: ArrayLike,
    count: ArrayLike,
    expected: ArrayLike,
    *,
    island: ArrayLike | None = None,
    rules: ScanRules = ScanRules(),
) -> Scan:
    """Circles (and steps of time) with more cases than their expected ones explain.

    Likelihood ratio c log(c/e) + (C - c) log((C - c)/(C - e)) where c > e, its largest over all
    windows; chance by drawing C cases over the expected ones (multinomial). Without a time axis
    the scan is purely spatial; a single place makes it purely temporal.

    place : (n, 2) or (n, 3) metres, see `circles`; island : (n,) no circle joins two
    count : (n,) or (n, T) whole numbers; expected : same shape, > 0 wherever something was
    counted, scaled to C

    Raises BadScan, BadIsland. Time O(windows x R), memory O(n² + n T).

    Source: Kulldorff (1997), A spatial scan statistic; Kulldorff et al. (1998), Evaluating
    cluster alarms, Am. J. Public Health 88; Monte Carlo p: Dwass (1957).
    """
    cases, base = _cube(count), _cube(expected)
    if cases.shape != base.shape or base.sum() <= 0 or (cases[base == 0] > 0).any():
        raise BadScan
    total = int(cases.sum())
    base = base * (total / base.sum())
    share = base.ravel() / max(base.sum(), 1e-300)

    def draw(rng: np.random.Generator) -> Floats:
        return rng.multinomial(total, share).reshape(cases.shape).astype(np.float64)

    return _scan(place, cases, base, base.sum(axis=1), draw, island, rules, "poisson")


def scan_bernoulli(
    place: ArrayLike,
    count: ArrayLike,
    trials: ArrayLike,
    *,
    island: ArrayLike | None = None,
    rules: ScanRules = ScanRules(),
) -> Scan:
    """Circles with a higher share of cases among trials (cases and controls together).

    count, trials : (n,) or (n, T) whole numbers, count <= trials. Chance: the cases are dealt
    anew among all trials. Otherwise like `scan_poisson`.
    """
    cases, base = _cube(count), _cube(trials)
    if cases.shape != base.shape or (cases > base).any() or (base != np.rint(base)).any():
        raise BadScan
    total, each = int(cases.sum()), base.ravel().astype(np.int64)

    def draw(rng: np.random.Generator) -> Floats:
        dealt = rng.multivariate_hypergeometric(each, total, method="marginals")
        return dealt.reshape(cases.shape).astype(np.float64)

    return _scan(place, cases, base, base.sum(axis=1), draw, island, rules, "bernoulli")


def scan_permutation(
    place: ArrayLike,
    place_of: ArrayLike,
    step_of: ArrayLike,
    steps: int,
    *,
    stratum: ArrayLike | None = None,
    island: ArrayLike | None = None,
    rules: ScanRules = ScanRules(),
) -> Scan:
    """Places and steps in which cases come together more than both margins explain.

    Needs no population: a window expects (its places' cases) x (its steps' cases) / C, so a
    place that always reports much, or a day on which everybody does, is no cluster. Chance:
    the cases' steps are dealt anew among the cases. The scan for citizens' reports.

    place_of : (C,) place of each case; step_of : (C,) its step, 0..steps - 1
    stratum : (C,) kind of each case (weekday, category): margins are taken, and steps dealt,
    within each kind, so that a kind with a season of its own makes no cluster

    Raises BadScan, BadIsland.

    Source: Kulldorff et al. (2005), A space-time permutation scan statistic for disease
    outbreak detection, PLoS Medicine 2:e59.
    """
    where, when = np.asarray(place_of, dtype=np.int64), np.asarray(step_of, dtype=np.int64)
    n = len(np.asarray(place))
    fine = where.shape == when.shape and where.ndim == 1 and len(where) and steps > 0
    if not fine or not _within(where, n) or not _within(when, steps):
        raise BadScan

    def cube(at: Ints) -> Floats:
        flat = np.bincount(where * steps + at, minlength=n * steps)
        return flat.reshape(n, steps).astype(np.float64)

    cases = cube(when)
    kind = np.zeros(len(where), dtype=np.int64)
    if stratum is not None:
        kind = np.unique(np.asarray(stratum), return_inverse=True)[1].ravel()
    order = np.argsort(kind, kind="stable")
    base = _margins(where, when, kind, (n, steps))

    def draw(rng: np.random.Generator) -> Floats:
        dealt = np.empty_like(when)
        dealt[order] = when[np.lexsort((rng.random(len(when)), kind))]
        return cube(dealt)

    return _scan(place, cases, base, cases.sum(axis=1), draw, island, rules, "permutation")


def _margins(where: Ints, when: Ints, kind: Ints, shape: tuple[int, int]) -> Floats:
    """Expected cases (n, T): the product of both margins over the cases, kind by kind."""
    base = np.zeros(shape)
    for number in range(int(kind.max()) + 1):
        mine = kind == number
        places = np.bincount(where[mine], minlength=shape[0])
        steps = np.bincount(when[mine], minlength=shape[1])
        base += np.outer(places, steps) / mine.sum()
    return base


def _within(values: Ints, limit: int) -> bool:
    return bool(values.min() >= 0 and values.max() < limit)


def _cube(values: ArrayLike) -> Floats:
    """Checked (n, T) from (n,) or (n, T)."""
    cube = np.array(values, dtype=np.float64)
    cube = cube[:, None] if cube.ndim == 1 else cube
    if cube.ndim != 2 or not cube.size or not np.isfinite(cube).all() or (cube < 0).any():
        raise BadScan
    return cube


def _scan(
    place: ArrayLike,
    cases: Floats,
    base: Floats,
    size: Floats,
    draw: Draw,
    island: ArrayLike | None,
    rules: ScanRules,
    model: str,
) -> Scan:
    places = np.asarray(place, dtype=np.float64)
    steps = cases.shape[1]
    longest = max(1, steps // 2) if rules.longest is None else rules.longest
    whole = len(places) == len(cases) and (cases == np.rint(cases)).all()
    if not whole or longest < 1 or rules.replications < 0:
        raise BadScan
    around = circles(
        places, size, island=island, most_share=rules.most_share if len(places) > 1 else 1.0,
        radius_m=rules.radius_m,
    )  # fmt: skip
    tail = slice(max(0, steps - longest), steps) if rules.alive else slice(0, steps)
    work = _engine(rules.engine)
    total, base_total = float(cases.sum()), float(base.sum())
    ground = np.ascontiguousarray(base[:, tail])

    def best(cube: Floats, top: bool = True) -> Floats:
        return work.best_windows(
            around.first, around.member, around.closes, np.ascontiguousarray(cube[:, tail]),
            ground, total, base_total, longest, rules.alive, LEAST_CASES, model == "bernoulli", top,
        )  # fmt: skip

    seen = best(cases, top=False)
    drawn = _maxima(best, draw, rules, float(seen[:, 0].max()))
    rows = _apart(seen, around)
    clusters = tuple(
        _cluster(i, seen[i], around, cases, base, tail.start, drawn, rules, model) for i in rows
    )
    params = {
        "model": model, "radius_m": rules.radius_m, "most_share": rules.most_share,
        "longest": longest, "alive": rules.alive, "seed": rules.seed, "n": int(total),
        "stop_after": rules.stop_after,
    }  # fmt: skip
    return Scan(clusters, len(drawn), params)


def _engine(engine: Engine) -> Any:
    """The module that looks at the windows."""
    if engine == "arrays" or (engine == "auto" and find_spec("numba") is None):
        from spatial_analysis.methods import scan_arrays

        return scan_arrays
    from spatial_analysis.methods import scan_compiled

    return scan_compiled


def _maxima(best: Callable[[Floats], Floats], draw: Draw, rules: ScanRules, top: float) -> Floats:
    """Largest statistic of each random map, in the order of their streams."""
    streams = np.random.SeedSequence(rules.seed).spawn(rules.replications)

    def one(stream: np.random.SeedSequence) -> float:
        rng = np.random.Generator(np.random.Philox(stream))
        return float(best(draw(rng))[:, 0].max())

    found: list[float] = []
    with ThreadPoolExecutor(max(1, rules.workers)) as pool:
        for some in _portions(streams, rules):
            found += pool.map(one, some)
            strong = np.flatnonzero(np.array(found) >= top * SAME)
            if rules.stop_after and len(strong) >= rules.stop_after:
                return np.array(found[: strong[rules.stop_after - 1] + 1])
    return np.array(found)


def _portions(streams: list[Any], rules: ScanRules) -> Iterator[list[Any]]:
    step = 50 if rules.stop_after else max(1, len(streams))
    for start in range(0, len(streams), step):
        yield streams[start : start + step]


def _apart(seen: Floats, around: Circles) -> list[int]:
    """Centres of the best windows, strongest first, that share no place at one time."""
    order = np.lexsort((np.arange(len(seen)), seen[:, 1], -seen[:, 0]))
    kept: list[int] = []
    held: list[tuple[set[int], float, float]] = []
    for i in order[seen[order, 0] > 0].tolist():
        used, start, end = int(seen[i, 1]), seen[i, 2], seen[i, 3]
        members = set(around.member[around.first[i] :][:used].tolist())
        if not any(members & taken and start < b and a < end for taken, a, b in held):
            held.append((members, start, end))
            kept.append(i)
    return kept


def _cluster(
    centre: int,
    row: Floats,
    around: Circles,
    cases: Floats,
    base: Floats,
    shift: int,
    drawn: Floats,
    rules: ScanRules,
    model: str,
) -> ScanCluster:
    first, used = int(around.first[centre]), int(row[1])
    members = around.member[first : first + used]
    window = (members, slice(shift + int(row[2]), shift + int(row[3])))
    c, e = float(cases[window].sum()), float(base[window].sum())
    if model == "bernoulli":
        e *= cases.sum() / base.sum()
    total = float(cases.sum())
    outside = (total - c) / max(total - e, 1e-300)
    inside = c / max(e, 1e-300)
    risk = inside if model == "permutation" else inside / outside if outside > 0 else np.inf
    p, p_gumbel = chance(float(row[0]), drawn, stopped=len(drawn) < rules.replications)
    return ScanCluster(
        centre=centre,
        members=tuple(members.tolist()),
        radius_m=float(around.distance_m[first + used - 1]),
        start=shift + int(row[2]),
        end=shift + int(row[3]),
        cases=int(c),
        expected=e,
        relative_risk=float(risk),
        statistic=float(row[0]),
        p=p,
        p_gumbel=p_gumbel,
    )


def chance(statistic: float, drawn: Floats, *, stopped: bool = False) -> tuple[float, float]:
    """Monte Carlo p of a statistic among the maxima of random maps, and by a Gumbel law."""
    if not len(drawn):
        return 1.0, 1.0
    beaten = int((drawn >= statistic * SAME).sum())
    p = beaten / len(drawn) if stopped and beaten else (1 + beaten) / (len(drawn) + 1)
    spread = float(drawn.std()) * np.sqrt(6) / np.pi
    if spread <= 0:
        return p, p
    middle = float(drawn.mean()) - 0.5772156649015329 * spread
    return p, float(-np.expm1(-np.exp(-(statistic - middle) / spread)))
