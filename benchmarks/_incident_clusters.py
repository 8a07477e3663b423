"""A made town, and DBSCAN by ours and by others; each import stands where it is needed.

What a child process of the bench loads counts as its memory, so this module loads numpy alone.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._own_process import in_its_own_process
from spatial_analysis.methods.density_cluster import dbscan

SIDE_M, CLUMPS, SEED = 10_000.0, 400, 8271
AT_ONCE = 1_000_000
Points = np.ndarray


def town(n: int, seed: int = SEED) -> Points:
    """70 % of `n` points in clumps (sigma 30 to 300 m), the rest anywhere; (n, 2) metres."""
    rng = np.random.default_rng(seed)
    centres, width = rng.uniform(0, SIDE_M, (CLUMPS, 2)), rng.uniform(30, 300, CLUMPS)
    xy = np.empty((n, 2))
    split = int(n * 0.7)
    for start in range(0, n, AT_ONCE):
        end = min(n, start + AT_ONCE)
        inner = max(0, min(end, split) - start)
        which = rng.integers(0, CLUMPS, inner)
        xy[start : start + inner] = centres[which]
        xy[start : start + inner] += rng.normal(size=(inner, 2)) * width[which, None]
        xy[start + inner : end] = rng.uniform(0, SIDE_M, (end - start - inner, 2))
    return xy


def kept(n: int) -> str:
    """Path of a file with `town(n)`, made once: a child's memory is not spent on making it."""
    folder = Path(tempfile.gettempdir()) / "incident-bench"
    folder.mkdir(exist_ok=True)
    path = folder / f"town-{SEED}-{n}.npy"
    if not path.exists():
        np.save(path, town(n))
    return str(path)


def load(path: str, *how: Any) -> tuple[Any, ...]:
    """Points of a file, with how to work; the compiled engine is warm."""
    dbscan(town(6000), 30, 20, engine="compiled")
    return (np.load(path), *how)


def core_mark(core: np.ndarray) -> str:
    """Digest of which points are core."""
    return hashlib.sha256(np.packbits(core).tobytes()).hexdigest()


def compiled() -> None:
    """Have the compiled engine in numba's cache: no child compiles within its memory."""
    in_its_own_process(load, ours_clusters, kept(10_000), 30.0, 20)


def ours_clusters(given: Any) -> Any:
    """Our DBSCAN."""
    xy, eps, least = given
    return core_mark(dbscan(xy, eps, least, engine="compiled").core)


def with_sklearn(path: str, *how: Any) -> tuple[Any, ...]:
    """Points of a file; scikit-learn is imported."""
    import sklearn.cluster
    import sklearn.neighbors  # noqa: F401 - imports are not timed

    return (np.load(path), *how)


def theirs_clusters(given: Any) -> Any:
    """scikit-learn's DBSCAN."""
    from sklearn.cluster import DBSCAN

    xy, eps, least = given
    found = DBSCAN(eps=eps, min_samples=least).fit(xy)
    core = np.zeros(len(xy), dtype=bool)
    core[found.core_sample_indices_] = True
    return core_mark(core)


def tree_clusters(given: Any) -> Any:
    """scipy: all pairs of a cKDTree, then connected components."""
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    xy, eps, least = given
    i, j = cKDTree(xy).query_pairs(eps, output_type="ndarray").T
    core = np.bincount(i, minlength=len(xy)) + np.bincount(j, minlength=len(xy)) + 1 >= least
    both = core[i] & core[j]
    links = sparse.coo_array((np.ones(both.sum(), bool), (i[both], j[both])), shape=(len(xy),) * 2)
    connected_components(links, directed=False)
    return core_mark(core)
