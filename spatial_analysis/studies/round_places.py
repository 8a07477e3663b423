"""The ground of one island's rounds: places on streets, drives between them, the problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from layers.catalog.vehicles import Vehicle
from spatial_analysis.methods.paths import UNREACHABLE
from spatial_analysis.methods.reasons import Reason
from spatial_analysis.methods.snapping import BIN_LIMIT_M, DEPOT_LIMIT_M, Refusal, Snap
from spatial_analysis.methods.speeds import Profile
from spatial_analysis.methods.stop_paths import StopPath
from spatial_analysis.methods.tours import DAY_S, NEVER_S, Stop
from spatial_analysis.snapshots import Network
from spatial_analysis.studies.round_clock import TIP_SERVICE_S, seconds
from spatial_analysis.studies.round_wishes import Wish


@dataclass(frozen=True, slots=True)
class Place:
    """A named place that is no stop: a depot, a tip (with the queue expected there), a pier."""

    name: str
    lon: float
    lat: float
    island_id: int | None
    pk: int = 0
    queue_s: int = 0

    @property
    def tip_s(self) -> int:
        """Seconds at this tip: the queue, weighing, tipping."""
        return TIP_SERVICE_S + self.queue_s


@dataclass(eq=False)
class IslandGround:
    """Places of one island: first the fixed ones, then the stops; drives for each profile.

    A stop is snapped for each profile on its own: where a lane takes only a three-wheeler,
    the truck stops at the next street it may use, within the same limit, or not at all. Stops
    are passed on their own side where the street is not one to cross; fixed places on either.
    """

    network: Network
    island_id: int | None
    fixed: list[Place]
    wishes: list[Wish]
    _snaps: dict[Profile, list[Snap | Refusal]] = field(default_factory=dict)
    _drives: dict[Profile, NDArray[np.int64]] = field(default_factory=dict)

    def place_of(self, wish: int) -> int:
        """Number of the place of a wish."""
        return len(self.fixed) + wish

    def name_of(self, place: int) -> str:
        """Name of a place."""
        fixed = len(self.fixed)
        return self.fixed[place].name if place < fixed else self.wishes[place - fixed].label

    def snaps(self, profile: Profile) -> list[Snap | Refusal]:
        """Snap or refusal of every place, for one profile."""
        if profile not in self._snaps:
            fixed = self._snap(self.fixed, profile, DEPOT_LIMIT_M)
            stops = self._snap(self.wishes, profile, BIN_LIMIT_M)
            sided = [replace(s, own_side=True) if isinstance(s, Snap) else s for s in stops]
            self._snaps[profile] = fixed + sided
        return self._snaps[profile]

    def _snap(
        self, places: Sequence[Place | Wish], profile: Profile, limit_m: float
    ) -> list[Snap | Refusal]:
        return self.network.snap(
            [(p.lon, p.lat) for p in places],
            profile,
            limit_m=limit_m,
            islands=[self.island_id for _ in places],
        )

    def drive_s(self, profile: Profile) -> NDArray[np.int64]:
        """(n, n) whole seconds between all places; NEVER_S where no way leads."""
        if profile not in self._drives:
            snaps = self.snaps(profile)
            kept = [i for i, snap in enumerate(snaps) if isinstance(snap, Snap)]
            drive = np.full((len(snaps), len(snaps)), NEVER_S, dtype=np.int64)
            found = [snap for snap in snaps if isinstance(snap, Snap)]
            ms = self.network.ways(profile).matrix_ms(found).astype(np.int64)
            seconds = np.where(ms >= UNREACHABLE, NEVER_S, -(-ms // 1000))
            drive[np.ix_(kept, kept)] = seconds
            self._drives[profile] = drive
        return self._drives[profile]

    def way(self, profile: Profile, start: int, end: int) -> StopPath | None:
        """Return the drawn way between two places, or None."""
        a, b = self.snaps(profile)[start], self.snaps(profile)[end]
        if not (isinstance(a, Snap) and isinstance(b, Snap)):
            return None
        return self.network.ways(profile).route(a, b)

    def stop_of(
        self, wish: int, profiles: Sequence[Profile], skills: Sequence[frozenset[str]]
    ) -> Stop:
        """The wish as a stop for trucks with these profiles and skills, in order."""
        want = self.wishes[wish]
        fits = frozenset(
            i for i, (p, has) in enumerate(zip(profiles, skills, strict=True))
            if want.needs <= has and isinstance(self.snaps(p)[self.place_of(wish)], Snap)
        )  # fmt: skip
        return Stop(
            self.place_of(wish), want.load_l, want.load_kg, want.service_s, want.prize_s,
            opens_s=0 if want.opens is None else seconds(want.opens),
            closes_s=2 * DAY_S if want.closes is None else seconds(want.closes),
            fits=fits, needs=want.needs,
        )  # fmt: skip

    def refusal(self, wish: int, profiles: Sequence[Profile]) -> Refusal | None:
        """Return why no vehicle can stop at a wish (the mildest refusal), or None when one can."""
        found = [self.snaps(p)[self.place_of(wish)] for p in profiles]
        if not found or any(isinstance(snap, Snap) for snap in found):
            return None
        refusals = [snap for snap in found if isinstance(snap, Refusal)]
        for refusal in refusals:
            if refusal.reason is Reason.NO_STREET_FOR_VEHICLE:
                return refusal
        return refusals[0]


def profile_of(vehicle: Vehicle) -> Profile:
    """Street profile of a vehicle: its kind."""
    return Profile(vehicle.kind)


def island_of_wish(network: Network, wish: Wish) -> int | None:
    """Island of a wish: as told, or that of the nearest street anybody may walk."""
    if wish.island_id is not None:
        return wish.island_id
    snap = network.snap([(wish.lon, wish.lat)], Profile.FOOT, limit_m=BIN_LIMIT_M)[0]
    return network.island_of(snap) if isinstance(snap, Snap) else None
