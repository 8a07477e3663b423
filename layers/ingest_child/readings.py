"""Sensor readings in a table: identifier, moment and fill, each checked as strictly as a place."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from layers.gate import Refusal
from layers.ingest_child.ledger import Props

_ID = frozenset({"bin_id", "sensor_id", "id_bak", "device_id"})
_TIME = frozenset({"time", "waktu", "sensed_at", "observed_at", "timestamp"})
_FILL = frozenset({"fill", "fill_pct", "isi", "isi_pct"})
_ISO = re.compile(
    r"^\d{4}-\d{2}-\d{2}[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"
    r"(Z|[+-](0\d|1[0-4]):?[0-5]\d)?$"
)
_PLAIN = re.compile(r"^[+-]?\d+(\.\d+)?([eE][+-]?\d{1,2})?$")
_OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)


@dataclass(slots=True)
class Readings:
    """The three columns, and what each sensor said at each moment so far."""

    id: str
    time: str
    fill: str
    said: dict[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, header: list[str]) -> Readings | None:
        """The readings table that `header` declares, or None when it is none."""
        by_name = {name.casefold(): name for name in header}
        found = [next((by_name[n] for n in by_name if n in words), "") for words in _WORDS]
        return cls(found[0], found[1], found[2]) if all(found) else None

    def check(self, props: Props) -> None:
        """Refuse a reading without sensor, moment or fill; and a second one that contradicts.

        A moment without zone is the city's own time (the loader adds the zone).
        Raises Refusal: BAD_VALUE, BAD_TIME, CONFLICT.
        """
        sensor, moment, fill = (
            str(props[name]).strip() for name in (self.id, self.time, self.fill)
        )
        if not sensor:
            raise Refusal("BAD_VALUE", column=self.id, value="")
        _moment(self.time, moment)
        _percent(self.fill, fill)
        before = self.said.setdefault((sensor, moment), fill)
        if before != fill:
            raise Refusal("CONFLICT", first=before[:20], second=fill[:20])


_WORDS = (_ID, _TIME, _FILL)


def _moment(column: str, text: str) -> None:
    if not _ISO.match(text):
        raise Refusal("BAD_TIME", column=column, value=text[:40])
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal("BAD_TIME", column=column, value=text[:40]) from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not _OLDEST <= aware <= datetime.now(UTC) + _AHEAD:
        raise Refusal("BAD_TIME", column=column, value=text[:40])


def _percent(column: str, text: str) -> None:
    value = float(text) if _PLAIN.match(text) else math.nan
    if not 0 <= value <= 100:
        raise Refusal("BAD_VALUE", column=column, value=text[:40])
