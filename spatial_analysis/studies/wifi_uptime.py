"""Share of recent days on which each wifi hotspot worked, from the lines of its history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from layers.catalog.wifi import WifiStatus, WifiStatusChange
from spatial_analysis.frames import Floats
from spatial_analysis.methods.service_hours import up_share

WINDOW = timedelta(days=90)
WORKING = (WifiStatus.WORKS, WifiStatus.WEAK)


def up_shares(hotspots: Sequence[int], on: date) -> Floats:
    """(m,) share of the WINDOW up to `on` that each hotspot (primary key) was up.

    A hotspot without a known day counts as up: its status alone says whether it works now.
    """
    told: dict[int, list[tuple[date, bool | None]]] = defaultdict(list)
    lines = WifiStatusChange.objects.filter(hotspot__in=hotspots, on__lte=on).order_by("on", "pk")
    for hotspot, day, status in lines.values_list("hotspot_id", "on", "status"):
        told[hotspot].append((day, None if status == WifiStatus.PLANNED else status in WORKING))
    first = on - WINDOW + timedelta(days=1)
    shares = [up_share(told[hotspot], first, on) for hotspot in hotspots]
    return np.array([1.0 if share is None else share for share in shares])
