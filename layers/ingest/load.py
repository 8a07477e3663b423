"""Loading a file into a layer: read by the child, shown, then stored in one transaction or not."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _

from layers.errors import PlatformError
from layers.gate.sentences import sentence
from layers.ingest import networks, sandbox
from layers.ingest.account import Account, Told
from layers.ingest.jobs import ImportJob, ImportState
from layers.ingest.prepare import Batch, prepare
from layers.ingest.stated import Stated
from layers.ingest.target import Target
from layers.ingest.write import Written, split, write
from layers.spec import Layer

_LOCK = 0x1A9E57


class Busy(PlatformError):
    """Impor lain sedang berjalan; tunggu sampai selesai."""

    code = "IMPORT_BUSY"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load found and did. `stored` is False for a preview and for a refusal."""

    account: Account
    written: Written
    stored: bool
    already: bool = False
    job: ImportJob | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 done, 1 nothing changed, 3 done but some rows were refused."""
        if self.already:
            return 0
        if not self.account.accepted or (self.account.rejected and not self.stored):
            return 1
        return 3 if self.account.rejected else 0


def load(path: Path, layer: Layer, stated: Stated, *, name: str, by: Any, at: datetime,
         commit: bool, again: bool = False) -> Loaded:  # fmt: skip
    """Load `path` into `layer` as `stated`; without `commit` the same is done and undone.

    All rows, or with `stated.good_rows` those that are good; a refused file changes nothing.
    The same bytes with the same statements are not loaded twice unless `again`.
    Raises NotImportable, UnknownField, Busy.
    """
    target = Target.of(layer)
    facts = _facts(path, layer, stated, name, by, at)
    known = ImportJob.objects.filter(
        sha256=facts["sha256"], target=layer.slug, state=ImportState.LOADED
    ).first()
    if known is not None and _same(known.stated, stated.as_json()) and not again:
        return Loaded(_account_of(known), Written(0, 0, known.accepted), False, True, known)
    with _alone(), sandbox.opened(path, stated.request()) as outcome:
        account = Account.of(outcome.report)
        if networks.meant_for(layer, stated):
            return _network(path, account, stated, facts, commit=commit)
        account = _placed(account, stated)
        if not account.accepted:
            return _refused(account, facts, commit=commit)
        batch = prepare(outcome.rows, target, stated, account.columns)
        return _store(batch, account, target, stated, facts, commit=commit)


def _store(batch: Batch, account: Account, target: Target, stated: Stated,
           facts: dict[str, Any], *, commit: bool) -> Loaded:  # fmt: skip
    new, old = split(batch, target)
    account = _with_refusals(account, batch)
    if (account.rejected and not stated.good_rows) or not batch.rows:
        return _refused(account, facts, commit=commit)
    try:
        with transaction.atomic():
            written = write(new, old, target)
            job = _record(facts, account, written, ImportState.LOADED) if commit else None
            if not commit:
                transaction.set_rollback(True)
    except DatabaseError as error:
        return _refused(_against_a_rule(account, error), facts, commit=commit)
    return Loaded(account, written, commit, job=job, facts=facts)


def _against_a_rule(account: Account, error: DatabaseError) -> Account:
    """The table itself refused: say which rule, and none of the row (it may be personal)."""
    rule = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or "?"
    told = Told(0, "TABLE_RULE", sentence("TABLE_RULE", {"rule": rule}))
    return replace(
        account, status="rejected", accepted=0, rejected=account.rows,
        errors=(told, *account.errors),
    )  # fmt: skip


def _network(path: Path, account: Account, stated: Stated, facts: dict[str, Any],
             *, commit: bool) -> Loaded:  # fmt: skip
    """A street file: checked by the child, then cut into streets by the street reader."""
    if any(told.row == 0 for told in account.errors):
        return _refused(account, facts, commit=commit)
    with transaction.atomic():
        account, written = networks.load_streets(
            path, account, dict(stated.constants), stated.format
        )
        job = _record(facts, account, written, ImportState.LOADED) if commit else None
        if not commit:
            transaction.set_rollback(True)
    return Loaded(account, written, commit, job=job, facts=facts)


def _refused(account: Account, facts: dict[str, Any], *, commit: bool) -> Loaded:
    job = _record(facts, account, Written(), ImportState.REFUSED) if commit else None
    return Loaded(account, Written(), False, job=job, facts=facts)


def _placed(account: Account, stated: Stated) -> Account:
    """Refuse as a whole what has no known frame, or no place at all."""
    missing = next((w for w in account.warnings if w.code == "MISSING_CRS"), None)
    if missing is None and stated.format in ("geotiff", "image"):
        missing = Told(0, "UNSUPPORTED", sentence("UNSUPPORTED", {"wanted": "vektor"}))
    if missing is None:
        return account
    return replace(
        account, status="rejected", accepted=0, rejected=account.rows,
        errors=(replace(missing, row=0), *account.errors),
    )  # fmt: skip


def _with_refusals(account: Account, batch: Batch) -> Account:
    """The child's account and the layer's refusals as one; rows still add up."""
    told = [Told(n, refusal.code, sentence(refusal.code, refusal.values))
            for n, refusal in batch.refused]  # fmt: skip
    codes = dict(account.codes)
    for one in told:
        codes[one.code] = codes.get(one.code, 0) + 1
    accepted = account.accepted - len(told)
    whole = "partial" if told or account.rejected else "accepted"
    warnings = account.warnings
    if batch.matched:
        words = sentence("KEY_MATCHED", {"count": batch.matched})
        warnings = (*warnings, Told(0, "KEY_MATCHED", words))
    if batch.unused:
        names = ", ".join(batch.unused[:12]) + (", …" if len(batch.unused) > 12 else "")
        words = sentence("UNUSED_COLUMNS", {"names": names})
        warnings = (*warnings, Told(0, "UNUSED_COLUMNS", words))
    return replace(
        account,
        status=whole if accepted else "rejected",
        accepted=accepted, rejected=account.rejected + len(told), codes=codes,
        errors=tuple(sorted((*account.errors, *told), key=lambda one: one.row)), warnings=warnings,
    )  # fmt: skip


def _facts(path: Path, layer: Layer, stated: Stated, name: str, by: Any,
           at: datetime) -> dict[str, Any]:  # fmt: skip
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while piece := handle.read(1 << 20):
            digest.update(piece)
    clean = "".join(letter for letter in name if letter.isprintable())
    return {
        "target": layer.slug, "file_name": clean[-200:], "sha256": digest.hexdigest(),
        "size_bytes": path.stat().st_size, "stated": stated.as_json(), "by": by, "at": at,
    }  # fmt: skip


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """The same statements; whether bad rows may be left behind is not one about the file."""
    return one | {"good_rows": True} == other | {"good_rows": True}


def waiting(done: Loaded, stored_name: str) -> ImportJob:
    """Keep a preview until somebody says yes or no to the upload `stored_name`."""
    job = _record(done.facts, done.account, done.written, ImportState.PREVIEWED)
    job.stored_name = stored_name
    job.save(update_fields=["stored_name"])
    return job


def outcome(done: Loaded, commit: bool) -> str:
    """The last line: what was stored, would be stored, or why nothing was."""
    if done.already:
        return _("Berkas ini sudah tersimpan di lapisan ini; tidak ada perubahan.")
    counts = {
        "inserted": done.written.inserted,
        "updated": done.written.updated,
        "unchanged": done.written.unchanged,
    }
    if done.exit_code == 1:
        return _("Tidak ada yang disimpan. Perbaiki berkasnya, atau pilih baris yang baik saja.")
    if done.stored:
        return _("Tersimpan: %(inserted)s baru, %(updated)s diubah, %(unchanged)s tetap.") % counts
    return _("Pratinjau: %(inserted)s baru, %(updated)s diubah, %(unchanged)s tetap.") % counts


def _record(facts: dict[str, Any], account: Account, written: Written, state: str) -> ImportJob:
    """Keep the job; a file loaded again into the same layer stays one job."""
    values = facts | {
        "rows": account.rows, "accepted": account.accepted, "rejected": account.rejected,
        "repaired": account.repaired, "inserted": written.inserted, "updated": written.updated,
        "unchanged": written.unchanged, "report": account.as_json(), "state": state,
        "stored_name": "",
    }  # fmt: skip
    if state != ImportState.LOADED:
        return ImportJob.objects.create(**values)
    job, _ = ImportJob.objects.update_or_create(
        sha256=facts["sha256"], target=facts["target"], state=state, defaults=values
    )
    return job


def _account_of(job: ImportJob) -> Account:
    kept = job.report
    return Account(
        status=kept["status"], rows=job.rows, accepted=job.accepted, rejected=job.rejected,
        repaired=job.repaired,
        errors=tuple(Told(e["row"], e["code"], e["message"]) for e in kept["errors"]),
        warnings=tuple(Told(w["row"], w["code"], w["message"]) for w in kept["warnings"]),
        crs=kept["crs"], bounds=tuple(kept["bounds"]) if kept["bounds"] else None,
        codes=kept["codes"], facts=kept["facts"],
    )  # fmt: skip


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One import at a time on the whole server. Raises Busy."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise Busy
        try:
            yield
        finally:
            if not connection.needs_rollback:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
