"""Goals 3 and 4: hits and misses a second, one worker each, beside tipg and django-vectortiles."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks.tiles import miss, peers, places, servers
from benchmarks.tiles.row import Row
from layers.geography import city

GZIP = {"Accept-Encoding": "gzip"}
HIT_TILES = 50
ROUNDS = 3
HIT_S = 4
PASSES = 3  # of the misses, each with a server of its own
WARM_S = 4  # until all our connections have run their statements


def chosen() -> list[places.At]:
    """Tiles of z13-z17 that hold rows, in an order of chance that is always the same."""
    found = places.filled(peers.SLUG, range(13, 17))
    random.Random(7).shuffle(found)
    return found


def ours(tiles: list[places.At], version: str = places.NEWEST) -> list[str]:
    """Our addresses."""
    return [places.address(peers.SLUG, at, version) for at in tiles]


def parts(tiles: list[places.At]) -> Iterator[list[places.At]]:
    """Unlike lists, one for each round."""
    for number in range(ROUNDS):
        yield tiles[number::ROUNDS]


def hit_goals(tiles: list[places.At]) -> list[Row]:
    """Goal 3: hits beside tipg, 304 beside 200."""
    tiles = tiles[:HIT_TILES]
    with ExitStack() as stack:
        port = stack.enter_context(servers.served())
        other = stack.enter_context(peers.started(peers.PEERS[0]))
        client = miss.Client(port)
        full = ours([places.tile_at(*city().centre, 13)])  # the 304 is to spare its bytes
        tag = {"If-None-Match": client.get(full[0], accept_encoding="gzip")[1]}
        hit, same, theirs = [], [], []
        for _ in range(ROUNDS):
            more = {"connections": 32, "seconds": HIT_S}
            hit.append(servers.load(port, ours(tiles), headers=GZIP, **more).good_per_s)
            whole = servers.load(port, full, headers=GZIP, **more).good_per_s
            empty = servers.load(port, full, headers=GZIP | tag, **more).good_per_s
            same.append(empty / whole)
            if other is not None:
                asked = [peers.tipg_path(at) for at in tiles]
                theirs.append(servers.load(other, asked, headers=GZIP, **more).good_per_s)
    found = f"{statistics.median(hit):.0f}/s"
    met = None
    if theirs:
        ratio = statistics.median(a / b for a, b in zip(hit, theirs, strict=True))
        found, met = f"{ratio:.0f}x ({found} to {statistics.median(theirs):.0f}/s)", ratio >= 20
    ratio = statistics.median(same)
    return [
        Row("3a hits, beside tipg", ">= 20x", found, met),
        Row("3b 304 beside 200", ">= 1.3x", f"{ratio:.2f}x", ratio >= 1.3),
    ]


def miss_pairs(tiles: list[places.At], peer: peers.Peer) -> list[tuple[float, float]]:
    """Misses a second, ours and the peer's, for each list; none where the peer cannot be had."""
    more = {"connections": 16, "seconds": 60, "once": True, "headers": GZIP}
    with ExitStack() as stack:
        port = stack.enter_context(servers.served())
        other = stack.enter_context(peers.started(peer))
        if other is None:
            return []
        time.sleep(WARM_S)
        servers.load(other, [peer[2](at) for at in tiles[-20:]], **more)
        servers.load(port, ours(tiles[-20:], places.WRONG), **more)
        pairs = []
        for part in parts(tiles):
            mine = servers.load(port, ours(part), **more).good_per_s
            theirs = servers.load(other, [peer[2](at) for at in part], **more).good_per_s
            pairs.append((mine, theirs))
    return pairs


def miss_goals(tiles: list[places.At]) -> list[Row]:
    """Goal 4: unlike tiles, each asked for once of a server that knows none."""
    rows = []
    for peer in peers.PEERS:
        pairs = [pair for _ in range(PASSES) for pair in miss_pairs(tiles, peer)]
        if not pairs:
            rows.append(Row(f"4 misses, beside {peer[0]}", ">= 2x", "no such peer here", None))
            continue
        ratio = statistics.median(mine / theirs for mine, theirs in pairs)
        mine, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
        found = f"{ratio:.1f}x ({mine:.0f}/s to {theirs:.0f}/s)"
        rows.append(Row(f"4 misses, beside {peer[0]}", ">= 2x", found, ratio >= 2))
    return rows


def goals() -> list[Row]:
    """The lines of the table."""
    tiles = chosen()
    return hit_goals(tiles) + miss_goals(tiles)
