"""Who is nearest to an emergency: every crew with its arrival, or why it cannot come by street."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from layers.catalog.rounds.models import Round, RoundStop, StopState
from layers.catalog.vehicles import Vehicle
from layers.errors import PlatformError
from spatial_analysis.methods.paths import UNREACHABLE
from spatial_analysis.methods.reasons import Reason, sentence
from spatial_analysis.methods.snapping import DEPOT_LIMIT_M, REPORT_LIMIT_M, Refusal, Snap
from spatial_analysis.methods.speeds import Profile
from spatial_analysis.snapshots import Network, network
from spatial_analysis.studies.round_places import profile_of

Place = tuple[float, float]


class NoStreetThere(PlatformError):
    """Tempat kejadian terlalu jauh dari jalan; geser titiknya ke jalan terdekat."""

    code = "NO_STREET_THERE"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a vehicle is thought to be: its last closed stop of the day, else its depot.

    `free_in_s` is what is left of the stop it is busy with.
    """

    vehicle: Vehicle
    place: Place
    where: str
    since: datetime | None
    free_in_s: int = 0


@dataclass(frozen=True, slots=True)
class Coming:
    """A crew on its way: seconds until it can leave, then seconds of driving; or the reason."""

    standing: Standing
    drive_s: int | None
    reason: Reason | None
    closure: int | None = None

    @property
    def arrives_in_s(self) -> int | None:
        """Seconds from now until it is there."""
        return None if self.drive_s is None else self.standing.free_in_s + self.drive_s


def standings(at: datetime) -> list[Standing]:
    """Where every vehicle in service stands at a moment, in the order of their codes."""
    rounds = Round.objects.filter(plan__state="published", plan__on=timezone.localdate(at))
    stops: dict[int, list[RoundStop]] = {}
    rows = RoundStop.objects.filter(round__in=rounds, state_at__lte=at)
    for stop in rows.select_related("round").order_by("state_at", "order"):
        stops.setdefault(stop.round.vehicle_id, []).append(stop)
    fleet = Vehicle.objects.in_service().order_by("code")
    return [_standing(vehicle, stops.get(vehicle.pk, []), at) for vehicle in fleet]


def _standing(vehicle: Vehicle, told: Sequence[RoundStop], at: datetime) -> Standing:
    if not told:
        return Standing(vehicle, (vehicle.geom.x, vehicle.geom.y), vehicle.depot.name, None)
    last, left = told[-1], 0
    if last.state == StopState.STARTED and last.state_at is not None:
        left = max(0, last.service_s - round((at - last.state_at).total_seconds()))
    return Standing(vehicle, (last.geom.x, last.geom.y), last.label, last.state_at, left)


def nearest_crews(place: Place, at: datetime) -> list[Coming]:
    """Every crew, the first to arrive first; those that cannot come by street follow.

    One row of a matrix for each kind of vehicle, with the closures of this moment in force.
    Ties go to the lower code. Raises NoStreetThere.
    """
    net, crews = network(at), standings(at)
    found: list[Coming] = []
    for profile in dict.fromkeys(profile_of(crew.vehicle) for crew in crews):
        of_kind = [crew for crew in crews if profile_of(crew.vehicle) is profile]
        found += _of_one_kind(net, profile, place, of_kind)
    if not found or all(c.reason is Reason.TOO_FAR_FROM_STREET for c in found):
        raise NoStreetThere
    return sorted(found, key=_first_there)


def _first_there(coming: Coming) -> tuple[bool, int, str]:
    return coming.drive_s is None, coming.arrives_in_s or 0, coming.standing.vehicle.code


def _of_one_kind(
    net: Network, profile: Profile, place: Place, crews: list[Standing]
) -> list[Coming]:
    goal = net.snap([place], profile, limit_m=REPORT_LIMIT_M)[0]
    if isinstance(goal, Refusal):
        return [Coming(crew, None, goal.reason) for crew in crews]
    snaps = net.snap([crew.place for crew in crews], profile, limit_m=DEPOT_LIMIT_M)
    there = [snap for snap in snaps if isinstance(snap, Snap)]
    costs = iter(_to_one_ms(net, profile, there, goal))
    whole = iter(_to_one_ms(net.whole, profile, there, goal) if net.whole else [])
    answers = []
    for crew, snap in zip(crews, snaps, strict=True):
        if isinstance(snap, Refusal):
            answers.append(Coming(crew, None, snap.reason))
            continue
        cost, open_cost = next(costs), next(whole, UNREACHABLE)
        if cost < UNREACHABLE:
            answers.append(Coming(crew, -(-cost // 1000), None))
        elif open_cost < UNREACHABLE:
            shut = net.first_closure(profile, snap, goal)
            answers.append(Coming(crew, None, Reason.CUT_OFF_BY_CLOSURE, shut))
        else:
            answers.append(Coming(crew, None, Reason.NO_CONNECTION))
    return answers


def _to_one_ms(net: Network, profile: Profile, starts: list[Snap], goal: Snap) -> list[int]:
    return [int(cost) for cost in net.ways(profile).costs_ms(starts, [goal])[:, 0]]


def words_of(coming: Coming, language: str) -> str:
    """Why a crew cannot come, in the reader's language; "" when it can."""
    return sentence(coming.reason, language) if coming.reason is not None else ""
