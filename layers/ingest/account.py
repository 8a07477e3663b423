"""The child's report as people and programs read it: counts, and a sentence for each reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from layers.gate.sentences import sentence

MAX_LISTED = 200


@dataclass(frozen=True, slots=True)
class Told:
    """One reason or warning: row 0 stands for the whole file."""

    row: int
    code: str
    message: str

    def line(self) -> str:
        """As one line of text."""
        where = _("baris %(row)s") % {"row": self.row} if self.row else _("berkas")
        return f"{where}: {self.code} {self.message}"


@dataclass(frozen=True, slots=True)
class Account:
    """What a file holds. accepted + rejected = rows, always."""

    status: str
    rows: int
    accepted: int
    rejected: int
    repaired: int
    errors: tuple[Told, ...]
    warnings: tuple[Told, ...]
    crs: str | None
    bounds: tuple[float, ...] | None
    columns: tuple[str, ...] = ()
    kinds: dict[str, int] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, report: dict[str, Any]) -> Account:
        """Read a report of the child (already checked by the sandbox)."""
        return cls(
            status=str(report["status"]),
            rows=report["rows"],
            accepted=report["accepted"],
            rejected=report["rejected"],
            repaired=report["repaired"],
            errors=tuple(_told(error) for error in report["errors"]),
            warnings=tuple(_warned(warning) for warning in report["warnings"]),
            crs=report["crs"],
            bounds=tuple(report["bounds"]) if report["bounds"] else None,
            columns=tuple(str(name) for name in report["columns"]),
            kinds=dict(report["kinds"]),
            codes=dict(report["codes"]),
            facts=dict(report["facts"]),
        )

    @property
    def needs_crs(self) -> bool:
        """True when the file does not say its reference system and nobody else did."""
        return any(told.code == "MISSING_CRS" for told in self.warnings)

    def as_json(self) -> dict[str, Any]:
        """As a program reads it."""
        return {
            "status": self.status,
            "rows": self.rows,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "repaired": self.repaired,
            "crs": self.crs,
            "bounds": self.bounds,
            "errors": [_plain(told) for told in self.errors[:MAX_LISTED]],
            "warnings": [_plain(told) for told in self.warnings],
            "codes": self.codes,
            "facts": self.facts,
        }

    def lines(self) -> list[str]:
        """As a person reads it."""
        counts = _("%(rows)s baris: %(accepted)s dapat disimpan, %(rejected)s ditolak") % {
            "rows": self.rows,
            "accepted": self.accepted,
            "rejected": self.rejected,
        }
        lines = [counts]
        if self.crs:
            lines.append(_("sistem koordinat: %(crs)s") % {"crs": self.crs})
        if self.bounds:
            lines.append(_("batas: ") + ", ".join(f"{value:.5f}" for value in self.bounds))
        lines += ["! " + told.line() for told in self.warnings]
        lines += ["x " + told.line() for told in self.errors[:MAX_LISTED]]
        return lines


def _plain(told: Told) -> dict[str, Any]:
    return {"row": told.row, "code": told.code, "message": told.message}


def _told(error: dict[str, Any]) -> Told:
    code = str(error["code"])
    return Told(int(error["row"]), code, sentence(code, dict(error["args"])))


def _warned(warning: dict[str, Any]) -> Told:
    code = str(warning["code"])
    words = sentence(code, dict(warning["args"]))
    count, rows = int(warning["count"]), [int(row) for row in warning["rows"]]
    if rows and count > 1:
        listed = ", ".join(str(row) for row in rows) + (", …" if count > len(rows) else "")
        words += " " + _("(%(count)s baris: %(listed)s)") % {"count": count, "listed": listed}
    return Told(rows[0] if len(rows) == 1 else 0, code, words)
