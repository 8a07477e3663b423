"""Goals 3 and 4: hits and misses a second, one worker each, beside tipg and others."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks.tiles import martin, miss, peers, places, servers
from benchmarks.tiles.row import Row
from layers.geography import city

GZIP = {"Accept-Encoding": "gzip"}
HIT_TILES = 50
ROUNDS = 3
HIT_S = 4
PASSES = 3  # of the misses, each with a server of its own
WARM_S = 4  # until all our connections have run their statements
WARM_TILES = 120  # that no round asks for: a peer's connections have then made their plans
FIRST = 5 * martin.POOL  # answers before each of Martin's connections has made its lasting plan
STARTS = 9


def chosen() -> list[places.At]:
    """Tiles of z13-z17 that hold rows, in an order of chance that is always the same."""
    found = places.filled(peers.SLUG, range(13, 17))
    random.Random(7).shuffle(found)
    return found


def ours(tiles: list[places.At], version: str = places.NEWEST) -> list[str]:
    """Our addresses."""
    return [places.address(peers.SLUG, at, version) for at in tiles]


def warming() -> list[places.At]:
    """Tiles of a zoom that is not measured."""
    found = places.filled(peers.SLUG, range(17, 18))
    random.Random(7).shuffle(found)
    return found[:WARM_TILES]


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
        before = warming()
        servers.load(other, [peer[2](at) for at in before], **more)
        servers.load(port, ours(before, places.WRONG), **more)
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
        rows.append(compared(f"4 misses, beside {peer[0]}", 2, pairs))
    return rows


def martin_hits(tiles: list[places.At], program: martin.Program) -> list[Row]:
    """Goal 3: hits beside a Martin, packed; beside one that packs each anew, unpacked as well."""
    least = 0.7 if program.keeps_packed else 1.0
    mine, theirs = ours(tiles[:HIT_TILES]), [martin.path(at) for at in tiles[:HIT_TILES]]
    rows = []
    with ExitStack() as stack:
        port = stack.enter_context(servers.served())
        other = stack.enter_context(peers.started(program.peer))
        if other is None:
            return [Row(f"3c hits beside {program.name}", "-", "it does not answer", None)]
        for encoding in ("gzip",) if program.keeps_packed else ("gzip", "identity"):
            pairs = [
                (martin.hits_per_s(port, mine, encoding, HIT_S),
                 martin.hits_per_s(other, theirs, encoding, HIT_S))
                for _ in range(ROUNDS)
            ]  # fmt: skip
            goal = f"3c hits beside {program.name}, {encoding}"
            rows.append(compared(goal, least, pairs))
    return rows


def first_calls(tiles: list[places.At], program: martin.Program) -> list[tuple[float, float]]:
    """Misses a second, ours and those a Martin begins with, for each of its starts."""
    more = {"connections": 16, "seconds": 60, "once": True, "headers": GZIP}
    pairs = []
    with servers.served() as port:
        time.sleep(WARM_S)
        servers.load(port, ours(warming(), places.WRONG), **more)
        for number in range(STARTS):
            part = tiles[number * FIRST : (number + 1) * FIRST]
            with martin.served(program) as other:
                theirs = servers.load(other, [martin.path(at) for at in part], **more).good_per_s
            pairs.append((servers.load(port, ours(part), **more).good_per_s, theirs))
    return pairs


def compared(goal: str, least: float, pairs: list[tuple[float, float]]) -> Row:
    """A line of the table, of rates in pairs: ours and theirs."""
    ratio = statistics.median(mine / theirs for mine, theirs in pairs)
    mine, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    found = f"{ratio:.2f}x ({mine:.0f}/s to {theirs:.0f}/s)"
    return Row(goal, f">= {least}x", found, ratio >= least)


def martin_goals(tiles: list[places.At]) -> list[Row]:
    """Goals 3 and 4 beside each Martin at hand."""
    rows = []
    for program in martin.programs():
        hits = martin_hits(tiles, program)
        rows += hits
        if hits[0].met is None:
            continue
        steady = [pair for _ in range(PASSES) for pair in miss_pairs(tiles, program.peer)]
        rows.append(compared(f"4c misses beside {program.name}", 1.0, steady))
        first = first_calls(tiles, program)
        rows.append(compared(f"4c beside {program.name}'s first five a connection", 2.0, first))
    return rows or [
        Row("3c hits beside Martin", ">= 1.0x", martin.NO_MARTIN, None),
        Row("4c misses beside Martin; its first five a connection", ">= 1.0x; >= 2x",
            martin.NO_MARTIN, None),
    ]  # fmt: skip


def goals() -> list[Row]:
    """The lines of the table."""
    tiles = chosen()
    return hit_goals(tiles) + miss_goals(tiles) + martin_goals(tiles)
