"""An agency sees its own jobs, does them with proof, and never checks itself."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from layers.catalog.agencies import Agency
from layers.catalog.reports.models import Report
from layers.catalog.reports.move import move
from layers.catalog.reports.states import Actor
from layers.catalog.reports.work import FollowUp, Post, Validation
from tests.pages.reports.conftest import picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(tell, person):
    """A waste report, verified and forwarded to its agency."""
    report, by = tell(), person("meja")
    move(report.pk, "sahkan", actor=Actor.OPERATOR, by=by)
    move(report.pk, "teruskan", actor=Actor.OPERATOR, by=by, agency=report.category.default_agency)
    return report


@pytest.fixture
def office(client_of, job):
    """The agency's officer, signed in."""
    client = client_of("agency")
    user_id = int(client.session["_auth_user_id"])
    Post.objects.create(user_id=user_id, agency=job.category.default_agency)
    return client


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("a.jpg", picture("#228833"), "image/jpeg")


def test_only_own_jobs_are_seen(office, job, tell, person):
    assert job.number in office.get("/instansi/").content.decode()
    other, by = tell(category="air-bersih"), person("lain")
    move(other.pk, "sahkan", actor=Actor.OPERATOR, by=by)
    move(other.pk, "teruskan", actor=Actor.OPERATOR, by=by, agency=other.category.default_agency)
    assert other.number not in office.get("/instansi/").content.decode()
    assert office.get(f"/instansi/{other.pk}/").status_code == 404
    assert office.post(f"/instansi/{other.pk}/terima").status_code == 404


def test_an_expired_post_has_no_right(office, job):
    Post.objects.update(until=timezone.localdate() - timedelta(days=1))
    assert job.number not in office.get("/instansi/").content.decode()
    assert office.get(f"/instansi/{job.pk}/").status_code == 404


def test_from_accepting_to_checked_by_another_person(office, job, client_of, client):
    steps = f"/instansi/{job.pk}/"
    assert office.get(steps).status_code == 200
    assert Report.objects.get(pk=job.pk).state == "diteruskan"  # opening is not accepting
    office.post(f"{steps}terima")
    office.post(f"{steps}jadwal", {"tanggal": timezone.localdate().isoformat()})
    office.post(f"{steps}mulai")
    sent = {"op_id": str(uuid4()), "hasil": "diperbaiki", "kata": "Diangkut", "foto": photo()}
    office.post(f"{steps}selesai", sent)
    assert Report.objects.get(pk=job.pk).state == "menunggu_validasi"
    assert office.post(f"{steps}periksa", {"beres": "1"}).status_code == 403
    operator = client_of("operator")
    answer = operator.post(f"/ops/laporan/{job.pk}/langkah", {"langkah": "nyatakan_selesai"})
    assert answer.json()["state"] == "selesai"
    job.refresh_from_db()
    assert job.resolution == "diperbaiki"
    assert Validation.objects.get().by.username == "operator"
    page = client.get(f"/lacak/{job.number}/").content.decode()
    assert "Selesai: diperbaiki" in page and "Sesudah dikerjakan" in page


def test_the_database_refuses_a_doer_who_checks(office, job):
    from django.db import IntegrityError, transaction

    office.post(f"/instansi/{job.pk}/terima")
    office.post(f"/instansi/{job.pk}/selesai", {"hasil": "diperbaiki", "foto": photo()})
    done = FollowUp.objects.get()
    with pytest.raises(IntegrityError, match="validation_by_another"), transaction.atomic():
        Validation.objects.create(follow_up=done, done_by=done.done_by, by=done.done_by,
                                  outcome="baik", at=timezone.now())  # fmt: skip


def test_done_without_a_photo_is_refused_and_said(office, job):
    office.post(f"/instansi/{job.pk}/terima")
    answer = office.post(f"/instansi/{job.pk}/selesai", {"hasil": "diperbaiki", "kata": "Beres"})
    assert answer.status_code == 400 and "foto" in answer.content.decode()
    assert FollowUp.objects.count() == 0


def test_the_same_finish_twice_is_one(office, job):
    office.post(f"/instansi/{job.pk}/terima")
    op = str(uuid4())
    for _ in range(2):
        sent = {"op_id": op, "hasil": "diperbaiki", "foto": photo()}
        assert office.post(f"/instansi/{job.pk}/selesai", sent).status_code == 302
    assert FollowUp.objects.count() == 1


def test_returned_work_never_stopped_its_clock(office, job, client_of):
    office.post(f"/instansi/{job.pk}/terima")
    office.post(f"/instansi/{job.pk}/selesai", {"hasil": "diperbaiki", "foto": photo()})
    clock = job.clocks.get(kind="kerja")
    operator = client_of("operator")
    operator.post(
        f"/ops/laporan/{job.pk}/langkah", {"langkah": "pulangkan", "catatan": "Masih ada"}
    )
    assert Report.objects.get(pk=job.pk).state == "dikerjakan"
    again = job.clocks.get(kind="kerja")
    assert (again.due_at, again.stopped_at) == (clock.due_at, None)


def test_handing_back_puts_it_among_those_without_owner(office, job, client_of):
    office.post(f"/instansi/{job.pk}/kembali", {"alasan": "Jalan provinsi"})
    report = Report.objects.get(pk=job.pk)
    assert report.state == "terverifikasi"
    page = client_of("operator").get("/ops/antrean", {"antrean": "tanpa-pemilik"}).content.decode()
    assert "Tumpukan sampah" in page
    assert Agency.objects.get(assignments__state="handed_back").assignments.count() == 1
