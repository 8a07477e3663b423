"""The loops behind `paths_sweep`, compiled by numba; nodes are their ranks, 0 contracted first.

A shortcut joins a node to one above it and costs `up` one way, `down` the other. Costs are uint32
up to UNREACHABLE (2^31 - 1), so the sum of two never overflows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.compiled import njit
from spatial_analysis.methods.paths import UNREACHABLE

WIDE = 16  # rows that go down together: a line of the processor's cache
FAR = np.uint32(UNREACHABLE)
Rows = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint32]]


@njit(cache=True, nogil=True)
def fill_in(near, above):  # type: ignore[no-untyped-def]
    """Shortcuts of an order: contracting a node joins all above it.

    near, above : rows of the neighbours above each node. Gives such rows with the shortcuts,
    each ascending, and the first node above each (-1: none).
    """
    nodes = len(near) - 1
    first = np.zeros(nodes + 1, np.int64)
    head = np.empty(max(4 * len(above), 16), np.int32)
    parent = np.full(nodes, -1, np.int32)
    child, sibling = np.full(nodes, -1, np.int32), np.full(nodes, -1, np.int32)
    seen = np.full(nodes, -1, np.int32)
    size = 0
    for v in range(nodes):
        begin = size
        if size + nodes - v > len(head):
            more = np.empty(2 * len(head) + nodes, np.int32)
            more[:size] = head[:size]
            head = more
        for i in range(near[v], near[v + 1]):
            seen[above[i]] = v
            head[size] = above[i]
            size += 1
        c = child[v]
        while c >= 0:
            for i in range(first[c] + 1, first[c + 1]):
                if seen[head[i]] != v:
                    seen[head[i]] = v
                    head[size] = head[i]
                    size += 1
            c = sibling[c]
        first[v + 1] = size
        if size > begin:
            head[begin:size] = np.sort(head[begin:size])
            parent[v] = head[begin]
            sibling[v] = child[parent[v]]
            child[parent[v]] = v
    return first, head[:size].copy(), parent


@njit(cache=True, nogil=True)
def lower(first, head, up, down):  # type: ignore[no-untyped-def]
    """Give each shortcut x-y the cost of the cheapest way over a node below both, in place."""
    for v in range(len(first) - 1):
        for i in range(first[v], first[v + 1]):
            k = first[head[i]]
            for j in range(i + 1, first[v + 1]):
                while head[k] < head[j]:
                    k += 1
                up[k] = min(up[k], np.uint32(down[i] + up[j]))
                down[k] = min(down[k], np.uint32(down[j] + up[i]))


@njit(cache=True, nogil=True)
def perfect(first, head, up, down):  # type: ignore[no-untyped-def]
    """Lower each shortcut to what the cheapest way between its ends costs, in place."""
    for v in range(len(first) - 2, -1, -1):
        for i in range(first[v], first[v + 1]):
            k = first[head[i]]
            for j in range(i + 1, first[v + 1]):
                while head[k] < head[j]:
                    k += 1
                up[j] = min(up[j], np.uint32(up[i] + up[k]))
                up[i] = min(up[i], np.uint32(up[j] + down[k]))
                down[j] = min(down[j], np.uint32(down[k] + down[i]))
                down[i] = min(down[i], np.uint32(up[k] + down[j]))


@njit(cache=True, nogil=True)
def without_detours(first, head, cost, true):  # type: ignore[no-untyped-def]
    """Rows of the shortcuts that a cheapest way may take: neither barred nor beaten."""
    kept = np.zeros(len(first), np.int64)
    nodes, costs = np.empty(len(head), np.int32), np.empty(len(head), np.uint32)
    size = 0
    for v in range(len(first) - 1):
        for i in range(first[v], first[v + 1]):
            if cost[i] < FAR and cost[i] == true[i]:
                nodes[size], costs[size] = head[i], cost[i]
                size += 1
        kept[v + 1] = size
    return kept, nodes[:size].copy(), costs[:size].copy()


@njit(cache=True, nogil=True)
def restrict(first, head, cost, ends):  # type: ignore[no-untyped-def]
    """What a way down to one of `ends` can pass, from the top: spots, and rows by spot."""
    count = len(first) - 1
    wanted = np.zeros(count, np.bool_)
    for end in ends:
        wanted[end] = True
    size = 0
    for v in range(count):
        if wanted[v]:
            size += 1
            for i in range(first[v], first[v + 1]):
                wanted[head[i]] = True
    nodes, spot = np.empty(size, np.int32), np.full(count, -1, np.int32)
    rows = np.zeros(size + 1, np.int64)
    arcs, at = 0, 0
    for v in range(count - 1, -1, -1):
        if wanted[v]:
            nodes[at], spot[v] = v, at
            at += 1
            arcs += first[v + 1] - first[v]
            rows[at] = arcs
    heads, costs = np.empty(arcs, np.int32), np.empty(arcs, np.uint32)
    for at in range(size):
        v = nodes[at]
        k = rows[at]
        for i in range(first[v], first[v + 1]):
            heads[k], costs[k] = spot[head[i]], cost[i]
            k += 1
    return spot, rows, heads, costs


@njit(cache=True, nogil=True)
def sweep(starts, ends, parent, up_first, up_head, up_cost, spot, first, head, cost, costs):  # type: ignore[no-untyped-def]
    """Costs from each of `starts` (ranks) to each of `ends` (spots), written into `costs`."""
    so_far, size = np.full(len(parent), FAR, np.uint32), len(first) - 1
    table = np.empty((size, WIDE), np.uint32)
    for batch in range(0, len(starts), WIDE):
        table[:] = FAR
        for k in range(min(WIDE, len(starts) - batch)):
            v = starts[batch + k]
            so_far[v] = 0
            while v >= 0:
                if so_far[v] < FAR:
                    for i in range(up_first[v], up_first[v + 1]):
                        x = up_head[i]
                        so_far[x] = min(so_far[x], np.uint32(so_far[v] + up_cost[i]))
                    if spot[v] >= 0:
                        table[spot[v], k] = so_far[v]
                    so_far[v] = FAR
                v = parent[v]
        for v in range(size):
            row = table[v]
            for i in range(first[v], first[v + 1]):
                above, step = table[head[i]], cost[i]
                for k in range(WIDE):
                    row[k] = min(row[k], np.uint32(above[k] + step))
        for k in range(WIDE):
            for j in range(len(ends)):
                costs[batch + k, j] = table[ends[j], k]
