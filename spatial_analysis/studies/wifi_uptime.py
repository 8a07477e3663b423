"""Share of recent days on which each wifi hotspot worked: its beats, verified reports, history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from layers.catalog.wifi_uptime import between
from layers.geography import city
from spatial_analysis.frames import Floats

WINDOW = timedelta(days=90)


def up_shares(hotspots: Sequence[int], on: date) -> Floats:
    """(m,) share of the known hours of the WINDOW before the day `on` that each (key) was up.

    Whole days, so that all questions of a day get one answer. A hotspot of which too little is
    known counts as up: its status alone says whether it works now.
    """
    end = datetime.combine(on, time.min, ZoneInfo(city().time_zone))
    found = between(end - WINDOW, end, hotspots)
    shares = [found[hotspot].share for hotspot in hotspots]
    return np.array([1.0 if share is None else share for share in shares])
