"""Why a stop was not served: a closed list, each with a sentence in two languages."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A cause that was proven, never guessed."""

    BAD_POSITION = "bad_position"
    TOO_FAR_FROM_STREET = "too_far_from_street"
    NO_STREET_FOR_VEHICLE = "no_street_for_vehicle"
    CUT_OFF_BY_CLOSURE = "cut_off_by_closure"
    NO_CONNECTION = "no_connection"
    NO_VEHICLE_ON_ISLAND = "no_vehicle_on_island"
    NO_VEHICLE_WITH_SKILL = "no_vehicle_with_skill"
    NO_BOAT_IN_TIME = "no_boat_in_time"
    NO_BOAT_BACK = "no_boat_back"
    WINDOW_CLOSED = "window_closed"
    LOAD_TOO_BIG = "load_too_big"
    SHIFT_FULL = "shift_full"
    NOT_WORTH_IT = "not_worth_it"
    STALE_READING = "stale_reading"
    LEFT_BY_DESK = "left_by_desk"


_SENTENCES: dict[Reason, tuple[str, str]] = {
    Reason.LEFT_BY_DESK: (
        "Dikeluarkan dari rute oleh meja rute.",
        "Taken off the rounds by the dispatcher.",
    ),
    Reason.BAD_POSITION: (
        "Posisinya tidak sah; betulkan titiknya di peta.",
        "Its position is not valid; correct the point on the map.",
    ),
    Reason.TOO_FAR_FROM_STREET: (
        "Terlalu jauh dari jalan; pindahkan titiknya atau lengkapi peta jalan.",
        "Too far from any street; move the point or complete the street map.",
    ),
    Reason.NO_STREET_FOR_VEHICLE: (
        "Jalan di dekatnya tidak dapat dilalui kendaraan ini; pilih kendaraan yang lebih kecil.",
        "The streets near it cannot take this vehicle; choose a smaller one.",
    ),
    Reason.CUT_OFF_BY_CLOSURE: (
        "Terputus oleh penutupan jalan; layani setelah jalan dibuka.",
        "Cut off by a road closure; serve it once the road is open.",
    ),
    Reason.NO_CONNECTION: (
        "Tidak ada jalan dari pangkalan ke sini, dan tidak ada jalan kembali.",
        "No way leads from the depot to it and back.",
    ),
    Reason.NO_VEHICLE_ON_ISLAND: (
        "Tidak ada kendaraan di pulau ini dan tidak ada feri yang mengangkut kendaraan ke sana.",
        "No vehicle is on this island and no ferry carries one there.",
    ),
    Reason.NO_VEHICLE_WITH_SKILL: (
        "Tidak ada kendaraan atau regu di sini hari ini yang punya semua yang dibutuhkan.",
        "No vehicle or crew here today has all that it needs.",
    ),
    Reason.NO_BOAT_IN_TIME: (
        "Tidak ada feri yang berangkat dalam jam kerja kendaraan.",
        "No ferry leaves within the vehicle's shift.",
    ),
    Reason.NO_BOAT_BACK: (
        "Tidak ada feri pulang sebelum jam kerja berakhir.",
        "No ferry comes back before the shift ends.",
    ),
    Reason.WINDOW_CLOSED: (
        "Hanya dapat dicapai setelah jam layanannya tutup.",
        "It can only be reached after its hours end.",
    ),
    Reason.LOAD_TOO_BIG: (
        "Muatannya melebihi daya angkut setiap kendaraan yang cocok.",
        "Its load is more than any fitting vehicle holds.",
    ),
    Reason.SHIFT_FULL: (
        "Tidak muat lagi dalam jam kerja kendaraan mana pun.",
        "It fits into no vehicle's shift any more.",
    ),
    Reason.NOT_WORTH_IT: (
        "Jalan memutarnya lebih mahal daripada manfaatnya hari ini.",
        "The detour costs more than it is worth today.",
    ),
    Reason.STALE_READING: (
        "Sensornya lama diam dan hari ini tidak muat; periksa pada putaran berikutnya.",
        "Its sensor has been silent and it does not fit today; look at it on the next round.",
    ),
}


def sentence(reason: Reason, language: str = "id") -> str:
    """The sentence a person reads, Indonesian unless `language` is another one we have."""
    indonesian, english = _SENTENCES[reason]
    return english if language.startswith("en") else indonesian
