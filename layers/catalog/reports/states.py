"""States of a report and the moves between them, as data; and their public face. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

START = "masuk"


class State(StrEnum):
    """What a report is in, in the city's words."""

    NEW = "baru"
    NEEDS_PLACE = "perlu_lokasi"
    NEEDS_INFO = "perlu_info"
    DOUBTED = "diragukan"
    VERIFIED = "terverifikasi"
    FORWARDED = "diteruskan"
    ACCEPTED = "diterima"
    PLANNED = "dijadwalkan"
    IN_WORK = "dikerjakan"
    AWAITS_CHECK = "menunggu_validasi"
    CLOSED = "selesai"


class PublicState(StrEnum):
    """The four states that the public and the national system know."""

    UNVERIFIED = "belum_diverifikasi"
    WAITING = "belum_ditindaklanjuti"
    IN_PROCESS = "proses"
    CLOSED = "selesai"


class Resolution(StrEnum):
    """Why a report is closed. Closed is not fixed: only FIXED is."""

    FIXED = "diperbaiki"
    CANNOT = "tidak_dapat_dikerjakan"
    NOT_OURS = "bukan_wewenang"
    DUPLICATE = "duplikat"
    UNPROVEN = "tidak_terbukti"
    EXPIRED = "kedaluwarsa"
    NOT_TOLD = "tidak_tercatat"


class Actor(StrEnum):
    """In what part somebody moves a report."""

    SYSTEM = "sistem"
    REPORTER = "pelapor"
    OPERATOR = "operator"
    AGENCY = "instansi"
    CREW = "kru"
    VALIDATOR = "pemeriksa"
    HEAD = "kepala"


class ClockKind(StrEnum):
    """What is being waited for."""

    VERIFY = "verifikasi"
    ANSWER = "jawaban"
    PLAN = "rencana"
    AGAIN = "terus_ulang"
    WORK = "kerja"
    CHECK = "validasi"
    CONTEST = "keberatan"


PUBLIC_OF: dict[State, PublicState] = {
    State.NEW: PublicState.UNVERIFIED,
    State.NEEDS_PLACE: PublicState.UNVERIFIED,
    State.NEEDS_INFO: PublicState.UNVERIFIED,
    State.DOUBTED: PublicState.UNVERIFIED,
    State.VERIFIED: PublicState.WAITING,
    State.FORWARDED: PublicState.WAITING,
    State.ACCEPTED: PublicState.WAITING,
    State.PLANNED: PublicState.IN_PROCESS,
    State.IN_WORK: PublicState.IN_PROCESS,
    State.AWAITS_CHECK: PublicState.IN_PROCESS,
    State.CLOSED: PublicState.CLOSED,
}
UNVERIFIED = frozenset(s for s, public in PUBLIC_OF.items() if public is PublicState.UNVERIFIED)
WITHOUT_PLACE = frozenset({State.NEEDS_PLACE, State.NEEDS_INFO, State.CLOSED})


@dataclass(frozen=True, slots=True)
class Move:
    """One move of the table: from which states to which, by whom, and what it does to clocks.

    `needs` names what the caller must give: "note", "agency", "main", "plan_at", "reason".
    `resolution` is what a closing writes; `before` the resolutions a reopening starts from.
    """

    name: str
    sources: frozenset[str]
    targets: frozenset[str]
    who: frozenset[Actor]
    needs: tuple[str, ...] = ()
    resolution: tuple[Resolution, ...] = ()
    before: tuple[Resolution, ...] = ()
    starts: tuple[ClockKind, ...] = ()
    stops: tuple[ClockKind, ...] = ()
    voids: tuple[ClockKind, ...] = ()
    undoable: bool = False
    pairs_: frozenset[tuple[str, str]] = field(default=frozenset())

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """(from, to) pairs that this move allows."""
        return self.pairs_ or frozenset((a, b) for a in self.sources for b in self.targets)


def _move(name: str, sources: str, targets: str, who: str, **more: object) -> Move:
    letters = dict(zip("SROAKVH", Actor, strict=True))
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in more.items()}
    return Move(
        name,
        frozenset(sources.split()),
        frozenset(targets.split()),
        frozenset(letters[letter] for letter in who),
        **given,  # type: ignore[arg-type]
    )


_C, _R = ClockKind, Resolution
_VERDICT_DONE = {"stops": [_C.VERIFY, _C.AGAIN], "starts": [_C.CONTEST], "undoable": True}
_ALL = " ".join(State)
_LISTED = (
    _move("terima", START, "baru perlu_lokasi", "S", starts=[_C.VERIFY]),
    _move("terima_petugas", START, "terverifikasi", "OAH", starts=[_C.VERIFY]),
    _move("impor", START, _ALL, "S"),
    _move("pasang_lokasi", "perlu_lokasi", "baru", "ORH", needs=("place",)),
    _move("tanya", "baru perlu_lokasi diragukan", "perlu_info", "OH",
          needs=("note",), starts=[_C.ANSWER], undoable=True),
    _move("jawab", "perlu_info", "baru perlu_lokasi", "ROH", needs=("note",), stops=[_C.ANSWER]),
    _move("kedaluwarsa", "perlu_info", "selesai", "OH", resolution=(_R.EXPIRED,),
          voids=[_C.VERIFY], stops=[_C.ANSWER], starts=[_C.CONTEST], undoable=True),
    _move("ragukan", "baru", "diragukan", "OH", needs=("reason",), undoable=True),
    _move("sahkan", "baru diragukan", "terverifikasi", "OH", undoable=True),
    _move("duplikat", "baru perlu_lokasi perlu_info diragukan terverifikasi", "selesai", "OH",
          needs=("main",), resolution=(_R.DUPLICATE,), starts=[_C.CONTEST], undoable=True,
          voids=[_C.VERIFY, _C.ANSWER, _C.AGAIN]),
    _move("tidak_terbukti", "baru diragukan", "selesai", "OH", needs=("note",),
          resolution=(_R.UNPROVEN,), **_VERDICT_DONE),
    _move("bukan_wewenang", "baru diragukan terverifikasi", "selesai", "OH", needs=("note",),
          resolution=(_R.NOT_OURS,), **_VERDICT_DONE),
    _move("teruskan", "terverifikasi", "diteruskan", "OH", needs=("agency",),
          stops=[_C.VERIFY, _C.AGAIN], starts=[_C.PLAN], undoable=True),
    _move("alihkan", "diteruskan", "diteruskan", "OH", needs=("agency", "reason"),
          voids=[_C.PLAN], starts=[_C.PLAN], undoable=True),
    _move("terima_instansi", "diteruskan", "diterima", "AH"),
    _move("kembalikan", "diteruskan diterima", "terverifikasi", "AH", needs=("reason",),
          voids=[_C.PLAN, _C.WORK], starts=[_C.AGAIN]),
    _move("jadwalkan", "diterima", "dijadwalkan", "AH", needs=("plan_at",),
          stops=[_C.PLAN], starts=[_C.WORK]),
    _move("jadwal_ulang", "dijadwalkan", "dijadwalkan", "AH", needs=("plan_at", "reason")),
    _move("mulai", "diterima dijadwalkan", "dikerjakan", "AKH", stops=[_C.PLAN], starts=[_C.WORK]),
    _move("lewati", "dikerjakan", "dijadwalkan", "KAH", needs=("reason",)),
    _move("lepas", "dijadwalkan dikerjakan", "diterima", "KAH", needs=("reason",)),
    _move("lapor_selesai", "dikerjakan", "menunggu_validasi", "KAH",
          needs=("follow_up",), starts=[_C.CHECK]),
    _move("nyatakan_selesai", "menunggu_validasi", "selesai", "VH",
          resolution=(_R.FIXED, _R.CANNOT), stops=[_C.CHECK, _C.WORK], starts=[_C.CONTEST]),
    _move("pulangkan", "menunggu_validasi", "dikerjakan", "VH", needs=("reason",),
          stops=[_C.CHECK]),
    _move("buka_kembali_kerja", "selesai", "diteruskan", "OH", needs=("reason",),
          before=(_R.FIXED, _R.CANNOT), stops=[_C.CONTEST], starts=[_C.PLAN]),
    _move("buka_kembali", "selesai", "baru", "OH", needs=("reason",),
          before=(_R.EXPIRED, _R.UNPROVEN, _R.NOT_OURS, _R.NOT_TOLD), stops=[_C.CONTEST],
          starts=[_C.VERIFY]),
    _move("pisahkan", "selesai", "baru", "OH", before=(_R.DUPLICATE,), voids=[_C.CONTEST],
          starts=[_C.VERIFY]),
)  # fmt: skip
UNDO = Move(
    "urungkan",
    frozenset(State),
    frozenset(State),
    frozenset({Actor.OPERATOR, Actor.HEAD}),
    pairs_=frozenset((b, a) for move in _LISTED if move.undoable for a, b in move.pairs),
)
NOTE = Move(
    "catat",
    frozenset(State),
    frozenset(State),
    frozenset(Actor),
    pairs_=frozenset((state, state) for state in State),
)
MOVES: dict[str, Move] = {move.name: move for move in (*_LISTED, UNDO, NOTE)}

CLOCK_DAYS: dict[ClockKind, int] = {
    ClockKind.VERIFY: 3,
    ClockKind.ANSWER: 10,
    ClockKind.PLAN: 5,
    ClockKind.AGAIN: 1,
    ClockKind.CHECK: 2,
    ClockKind.CONTEST: 10,
}
UNDO_WITHIN_MIN = 10


def triples() -> Iterator[tuple[str, str, str]]:
    """Every allowed (move, from, to), sorted: the content of the table of moves."""
    yield from sorted((move.name, a, b) for move in MOVES.values() for a, b in move.pairs)


def allowed(name: str, source: str, target: str, actor: Actor) -> bool:
    """True when the table lists this move for this actor."""
    found = MOVES.get(name)
    return found is not None and (source, target) in found.pairs and actor in found.who
