"""Heat along streets: how thick reports lie by the way, not as the crow flies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext_noop as _

from layers.catalog.incident_cells import keep_answer
from layers.catalog.street_heat import StreetHeat
from layers.errors import PlatformError
from spatial_analysis.frames import Floats, Ints, in_degrees
from spatial_analysis.methods.network_density import NetworkDensity, Streets, heat_on_network
from spatial_analysis.models import Run
from spatial_analysis.snapshots import Network, metres, open_network
from spatial_analysis.studies import incident_piles
from spatial_analysis.studies import incident_said as said
from spatial_analysis.studies import incident_words as words
from spatial_analysis.studies.incident_frames import Islands, Reports, read_asked, read_islands
from spatial_analysis.studies.incident_question import BadQuestion, Question
from spatial_analysis.study import Answer, study

PIECE_M, REACH_M = 50.0, 60.0
SHOWN = 0.05  # of the hottest piece: what is thinner is not drawn
GRADES = 4


class NoStreetsThere(PlatformError):
    """Belum ada jalan di dekat laporan ini; muat jaringan jalan dahulu."""

    code = "NO_STREETS_THERE"


@study("street_heat", first_answer=True)
def street_heat(run: Run, params: Mapping[str, Any]) -> Answer:
    """Reports per km of street and week on pieces of at most 50 m; rows of `street-heat`.

    A report belongs to the nearest street of its island within 60 m; the others are counted as
    left out, default addresses are set aside. Heat walks along streets and never over water or
    through a block. Parameters: see `Question.of` (sigma_m is the width). Categories whose places
    are hidden are refused.
    Raises BadQuestion, NoReportsThen, NoStreetsThere.
    """
    question = Question.of(params)
    if question.hidden:
        raise BadQuestion(_("Panas menurut jalan hanya untuk kategori yang tempatnya terbuka."))
    islands = read_islands(question.island)
    every, net = read_asked(question, islands), open_network()
    reports, stacked = incident_piles.kept(question, every)
    if not len(net.streets):
        raise NoStreetsThere
    lines = street_lines(net)
    edge, part = nearest(net, lines, reports, islands)
    held = edge >= 0
    if not held.any():
        raise NoStreetsThere
    heat = heat_on_network(
        _graph(net, lines), edge[held], part[held], sigma_m=question.sigma_m, piece_m=PIECE_M
    )
    weekly = np.asarray(heat.value) * 1000 * 7 / question.days
    rows = _keep(run, question, islands, net, lines, heat, weekly, reports)
    summary = words.common(reports, question, "street_heat") | {
        "stacked": stacked,
        "on_streets": int(held.sum()), "left_out": int((~held).sum()), "within_m": REACH_M,
        "sigma_m": question.sigma_m, "piece_m": PIECE_M, "top": float(weekly.max()),
        "pieces": len(rows),
    }  # fmt: skip
    return Answer(
        sentence=said.stored("street_heat", summary),
        summary=summary,
        canonical=[[row.piece, f"{row.weekly_km:.4e}"] for row in rows],
        inputs={"reports": reports.version, "streets": net.version},
    )


def street_lines(net: Network) -> np.ndarray:
    """Lines (e,) of all streets in metres."""
    line_of = np.repeat(np.arange(len(net.streets)), np.diff(net.streets.first))
    return np.atleast_1d(shapely.linestrings(metres(net.streets.points), indices=line_of))


def nearest(
    net: Network, lines: np.ndarray, reports: Reports, islands: Islands
) -> tuple[Ints, Floats]:
    """Street of each report on its own island within reach (-1: none), and where along it 0..1."""
    edge, part = np.full(len(reports), -1, dtype=np.int64), np.zeros(len(reports))
    for number, key in enumerate(islands.keys):
        mine = np.flatnonzero(reports.island == number)
        here = np.flatnonzero(np.asarray(net.streets.island) == key)
        if not len(mine) or not len(here):
            continue
        tree, points = shapely.STRtree(lines[here]), shapely.points(reports.xy[mine])
        which, found = tree.query_nearest(points, max_distance=REACH_M, all_matches=False)
        edge[mine[which]] = here[found]
        along = shapely.line_locate_point(lines[here[found]], points[which], normalized=True)
        part[mine[which]] = np.clip(along, 0.0, 1.0)
    return edge, part


def _graph(net: Network, lines: np.ndarray) -> Streets:
    ends = np.column_stack([net.streets.from_node, net.streets.to_node]).astype(np.int64)
    length = np.maximum(shapely.length(lines), 0.5)
    return Streets.of(ends, length, len(net.streets.node_lon))


def _keep(
    run: Run, question: Question, islands: Islands, net: Network, lines: np.ndarray,
    heat: NetworkDensity, weekly: Floats, reports: Reports,
) -> list[StreetHeat]:  # fmt: skip
    """Write the pieces that are worth drawing, with their grade of the hottest one."""
    top = max(float(weekly.max()), 1e-9)
    drawn = np.flatnonzero(weekly >= SHOWN * top)
    name = dict(zip(islands.keys, islands.names, strict=True))
    edge, start, size = (np.asarray(a)[drawn] for a in (heat.edge, heat.start_m, heat.length_m))
    shapes = in_degrees(np.array([_piece(lines[e], a, n) for e, a, n in
                                  zip(edge, start, size, strict=True)], dtype=object))  # fmt: skip
    key, origin = question.key("street_heat"), words.origin_of(reports)
    rows = [
        StreetHeat(
            run_number=run.pk, question=key, standing=question.standing, piece=int(drawn[i]),
            name=str(net.streets.names[edge[i]]),
            island=name.get(int(net.streets.island[edge[i]]), ""),
            weekly_km=float(weekly[drawn[i]]), length_m=float(size[i]),
            grade=min(GRADES, 1 + int(GRADES * weekly[drawn[i]] / top)),
            geom=shape, origin=origin,
        )
        for i, shape in enumerate(shapes)
    ]  # fmt: skip
    keep_answer(rows, of=StreetHeat, question=key, standing=question.standing)
    return rows


def _piece(line: shapely.LineString, start: float, size: float) -> shapely.LineString:
    """The part of a line from `start`, `size` metres long, with its bends."""
    end = min(start + size, line.length)
    bends = shapely.get_coordinates(line)
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(bends, axis=0).T))])
    inner = bends[(along > start) & (along < end)]
    ends = [shapely.get_coordinates(line.interpolate(at))[0] for at in (start, end)]
    return shapely.LineString(np.vstack([ends[0], *inner, ends[1]]))
