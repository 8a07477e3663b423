"""The table of moves holds: in Python, and in SQL for whoever goes around it."""

from __future__ import annotations

import itertools

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from layers.catalog.reports import states
from layers.catalog.reports.history import ReportHistory, ReportMove, broken_chains, next_line
from layers.catalog.reports.models import Report
from layers.catalog.reports.move import (
    MoveRefused,
    NotYourMove,
    SomebodyWasFirst,
    SomethingMissing,
    TooLateToUndo,
    move,
)
from layers.catalog.reports.states import MOVES, Actor, State

pytestmark = pytest.mark.django_db

# The table once more, by hand: what a reader of the specification expects (from: to ...).
LISTED = {
    "baru": "perlu_info diragukan terverifikasi selesai",
    "perlu_lokasi": "baru perlu_info selesai",
    "perlu_info": "baru perlu_lokasi diragukan selesai",
    "diragukan": "perlu_info terverifikasi selesai baru",
    "terverifikasi": "diteruskan selesai baru diragukan",
    "diteruskan": "diterima terverifikasi diteruskan",
    "diterima": "dijadwalkan dikerjakan terverifikasi",
    "dijadwalkan": "dijadwalkan dikerjakan diterima",
    "dikerjakan": "dijadwalkan diterima menunggu_validasi",
    "menunggu_validasi": "selesai dikerjakan",
    "selesai": "diteruskan baru perlu_lokasi perlu_info diragukan terverifikasi",
}


def test_every_pair_of_states_is_allowed_or_refused_as_listed():
    for source, target in itertools.product(State, State):
        listed = any(
            (source, target) in step.pairs for step in MOVES.values() if step.name != "catat"
        )
        assert listed == (target in LISTED[source].split()), f"{source} -> {target}"


def test_no_reporter_crew_or_system_gives_a_verdict():
    for name in ("sahkan", "ragukan", "duplikat", "tidak_terbukti", "teruskan", "kedaluwarsa"):
        assert not MOVES[name].who & {Actor.REPORTER, Actor.CREW, Actor.SYSTEM, Actor.AGENCY}
    assert Actor.AGENCY not in MOVES["nyatakan_selesai"].who


def test_the_database_holds_the_same_table():
    rows = set(ReportMove.objects.values_list("move", "from_state", "to_state"))
    assert rows == set(states.triples())


@pytest.mark.parametrize("name", sorted(set(MOVES) - {"terima", "terima_petugas", "impor"}))
@pytest.mark.parametrize("actor", list(Actor))
def test_a_new_report_moves_only_as_listed(tell, person, name, actor):
    report, by = tell(), person("operator")
    fitting = sorted(b for a, b in MOVES[name].pairs if a == "baru")
    allowed = actor in MOVES[name].who and fitting and name != "urungkan"
    given = {"note": "n", "reason": "r", "main": tell(words="lain"), "agency": None}
    if allowed:
        move(report.pk, name, actor=actor, by=by, **given)
        assert Report.objects.get(pk=report.pk).history_seq == 2
    else:
        with pytest.raises((MoveRefused, NotYourMove, SomethingMissing, TooLateToUndo)):
            move(report.pk, name, actor=actor, by=by, **given)
        assert Report.objects.get(pk=report.pk).state == "baru"


def test_sql_cannot_write_an_unlisted_move(tell):
    report = tell()
    first = report.history.get()
    jump = next_line(
        report, first, move="sahkan", to_state="selesai", at=first.at, actor_id=None, actor_role="x"
    )
    with pytest.raises(IntegrityError, match="history_move_is_listed"), transaction.atomic():
        jump.save()


def test_sql_cannot_set_a_state_that_history_does_not_end_in(tell):
    report = tell()
    with pytest.raises(IntegrityError, match="report_state_is_history"), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(state="terverifikasi")
        connection.check_constraints()


def test_history_cannot_fork(tell, person):
    report, by = tell(), person("operator")
    first = report.history.get()
    move(report.pk, "sahkan", actor=Actor.OPERATOR, by=by)
    fork = next_line(
        report, first, move="ragukan", to_state="diragukan", at=first.at, actor_id=by.pk,
        actor_role="operator",
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="history_no_fork"), transaction.atomic():
        fork.save()
    second_start = next_line(
        report, None, move="terima", to_state="baru", at=first.at, actor_id=None, actor_role="x"
    )
    with pytest.raises(IntegrityError, match="history_"), transaction.atomic():
        second_start.save()


def test_update_and_delete_of_history_are_refused(tell):
    line = tell().history.get()
    rows = ReportHistory.objects.filter(pk=line.pk)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(screen="lain")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.delete()


def test_a_changed_line_breaks_the_chain_and_is_named(tell, person):
    report, by = tell(), person("operator")
    move(report.pk, "sahkan", actor=Actor.OPERATOR, by=by)
    lines = ReportHistory.objects.select_related("report").order_by("report", "seq")
    assert list(broken_chains(lines)) == []
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # an intruder with full rights
        cursor.execute("UPDATE layers_reporthistory SET screen = 'palsu' WHERE seq = 1")
        cursor.execute("SET session_replication_role = DEFAULT")
    assert list(broken_chains(lines.all())) == [f"{report.number}: line 1 was changed"]


def test_erasing_a_note_keeps_the_chain(tell, person):
    report, by = tell(), person("operator")
    move(report.pk, "tanya", actor=Actor.OPERATOR, by=by, note="Di gang yang mana?")
    report.notes.all().delete()
    lines = ReportHistory.objects.select_related("report").order_by("report", "seq")
    assert list(broken_chains(lines)) == []


def test_of_two_verdicts_the_second_is_told_who_was_first(tell, person):
    report = tell()
    seen = report.row_version
    move(report.pk, "sahkan", actor=Actor.OPERATOR, by=person("operator"), seen_version=seen)
    with pytest.raises(SomebodyWasFirst, match="operator"):
        move(
            report.pk, "ragukan", actor=Actor.OPERATOR, by=person("lain"), seen_version=seen,
            reason="x",
        )  # fmt: skip


def test_undo_gives_back_state_and_clock_but_only_to_the_same_person(tell, person):
    report, by, other = tell(), person("operator"), person("lain")
    before = list(report.clocks.values("kind", "due_at", "stopped_at"))
    move(report.pk, "tidak_terbukti", actor=Actor.OPERATOR, by=by, note="Tidak ada apa-apa.")
    with pytest.raises(TooLateToUndo):
        move(report.pk, "urungkan", actor=Actor.OPERATOR, by=other)
    move(report.pk, "urungkan", actor=Actor.OPERATOR, by=by)
    report.refresh_from_db()
    assert (report.state, report.resolution) == ("baru", None)
    running = report.clocks.filter(stopped_at=None)
    assert list(running.values("kind", "due_at", "stopped_at")) == before
    assert report.history.count() == 3


def test_a_doubted_report_is_confirmed_by_another_operator(tell, person):
    report, first, second = tell(), person("operator"), person("lain")
    move(report.pk, "ragukan", actor=Actor.OPERATOR, by=first, reason="foto")
    with pytest.raises(Exception, match="operator lain"):
        move(report.pk, "sahkan", actor=Actor.OPERATOR, by=first)
    move(report.pk, "sahkan", actor=Actor.OPERATOR, by=second)
    assert Report.objects.get(pk=report.pk).state == "terverifikasi"


def test_audit_counts_whole_chains_and_names_a_changed_line(tell, capsys):
    from django.core.management import CommandError, call_command

    report = tell()
    call_command("audit_verify")
    assert "1 lines of 1 reports are whole" in capsys.readouterr().out
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE layers_reporthistory SET screen = 'palsu'")
        cursor.execute("SET session_replication_role = DEFAULT")
    with pytest.raises(CommandError, match="1 faults"):
        call_command("audit_verify")
    assert f"{report.number}: line 1 was changed" in capsys.readouterr().err
