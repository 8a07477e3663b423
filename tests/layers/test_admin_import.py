"""The import page: upload, preview, yes or no; for administrators alone, and never in one step."""

from __future__ import annotations

import os

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from layers.ingest import uploads
from layers.ingest.jobs import ImportJob
from layers.models import WastePlace

pytestmark = pytest.mark.django_db
GOOD = "code,name,lat,lon\na,Pasar <b>,0.79,127.38\nb,Pantai,0.80,127.39\n"
MIXED = GOOD + "c,Balik,127.38,0.79\n"
UPLOAD = reverse("admin:layers_importjob_add")


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.UPLOAD_DIR = tmp_path


@pytest.fixture
def admin(client_of) -> Client:
    return client_of("admin")


def send(client: Client, text: str, **more):
    file = SimpleUploadedFile("../../titik <b>.csv", text.encode())
    return client.post(UPLOAD, {"file": file, "layer": "waste-places", **more})


def waiting_files() -> list[str]:
    return [path.name for path in uploads.folder().iterdir()]


def test_an_upload_shows_its_preview_and_stores_nothing(admin):
    page = admin.get(send(admin, MIXED).url).content.decode()
    assert "COORD_SWAPPED" in page and "Simpan 2 baris yang baik" in page
    assert not WastePlace.objects.exists()
    job = ImportJob.objects.get()
    assert (job.state, job.rows, job.accepted, job.rejected) == ("previewed", 3, 2, 1)
    assert waiting_files() == [job.stored_name] and "/" not in job.file_name


def test_yes_stores_the_good_rows_and_the_upload_is_gone(admin):
    url = send(admin, MIXED).url
    admin.post(url, {"good_rows": "1"})
    assert set(WastePlace.objects.values_list("code", flat=True)) == {"a", "b"}
    job = ImportJob.objects.get()
    assert (job.state, job.inserted, job.by.username) == ("loaded", 2, "admin")
    assert waiting_files() == []


def test_a_plain_yes_to_a_file_with_bad_rows_stores_nothing(admin):
    admin.post(send(admin, MIXED).url, {"yes": "1"})
    assert not WastePlace.objects.exists() and ImportJob.objects.get().state == "refused"


def test_no_forgets_the_file_and_the_preview(admin):
    admin.post(send(admin, GOOD).url, {"no": "1"})
    assert not WastePlace.objects.exists() and not ImportJob.objects.exists()
    assert waiting_files() == []


def test_the_same_file_leads_to_the_import_it_already_is(admin):
    admin.post(send(admin, GOOD).url, {"yes": "1"})
    job = ImportJob.objects.get()
    again = ImportJob.objects.filter(pk=job.pk)
    assert send(admin, GOOD).url.endswith(f"/{job.pk}/change/")
    assert again.count() == ImportJob.objects.count() == 1


def test_nobody_else_sees_the_page_or_may_say_yes(admin, client_of):
    url = send(admin, GOOD).url
    for name in ("visitor", "planner", "operator", "crew", "agency"):
        client = client_of(name)
        for address in (UPLOAD, url):
            assert client.get(address).status_code in (302, 403, 404)
            assert client.post(address, {"yes": "1"}).status_code in (302, 403, 404)
    assert not WastePlace.objects.exists() and ImportJob.objects.get().state == "previewed"


def test_a_form_from_elsewhere_is_refused(person):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person("admin"))
    assert send(strict, GOOD).status_code == 403


def test_text_of_the_file_is_shown_as_text(admin):
    bad = "code,name,lat,lon\na,A,<script>alert(1)</script>,1\n"
    page = admin.get(send(admin, bad).url).content.decode()
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page


def test_an_unknown_kind_of_file_is_told_on_the_form(admin):
    file = SimpleUploadedFile("a.exe", b"MZ")
    page = admin.post(UPLOAD, {"file": file, "layer": "waste-places"}).content.decode()
    assert "Jenis berkas ini tidak dikenal" in page and not ImportJob.objects.exists()


def test_uploads_older_than_a_day_are_forgotten(admin):

    send(admin, GOOD)
    old = uploads.path(waiting_files()[0])
    os.utime(old, (1, 1))
    send(admin, MIXED)
    assert not old.exists() and len(waiting_files()) == 1


def test_a_yes_to_a_file_that_waited_too_long_asks_for_it_again(admin):
    url = send(admin, GOOD).url
    uploads.forget(ImportJob.objects.get().stored_name)
    page = admin.post(url, {"yes": "1"}, follow=True)
    assert page.status_code == 200 and "unggah lagi" in page.content.decode()
    assert not ImportJob.objects.exists() and not WastePlace.objects.exists()
