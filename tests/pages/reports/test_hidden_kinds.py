"""Reports whose places no map tells: neither their pictures nor an order give them away."""

from __future__ import annotations

import pytest
from django.contrib.gis.geos import Point
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from layers.catalog.categories import Category
from layers.catalog.reports import agency_work, photos
from layers.catalog.reports.move import move
from layers.catalog.reports.states import Actor
from layers.catalog.reports.work import Post
from layers.catalog.work_orders import PlaceStaysHidden, WorkOrder, create_from_cluster
from tests.pages.reports.conftest import picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(tell, person):
    """Make a report that is done and looked at: closed(category) -> its photo of the work."""

    def make(category: str) -> photos.Photo:
        report, desk, officer = tell(category=category), person("meja"), person("petugas")
        Post.objects.create(user=officer, agency=report.category.default_agency)
        move(report.pk, "sahkan", actor=Actor.OPERATOR, by=desk)
        agency = report.category.default_agency
        move(report.pk, "teruskan", actor=Actor.OPERATOR, by=desk, agency=agency)
        agency_work.accept(officer, report.pk)
        agency_work.finish(officer, report.pk, words="Beres", pictures=[picture()])
        agency_work.check(desk, report.pk, good=True)
        return photos.Photo.objects.get(report=report)

    return make


def test_a_picture_of_work_on_a_crime_is_never_public(closed, client):
    photo = closed("kriminalitas")
    assert client.get(f"/foto/{photo.name}/").status_code == 404
    assert photo.name not in client.get(f"/lacak/{photo.report.number}/").content.decode()


def test_a_category_that_is_closed_takes_its_pictures_along(closed, client):
    photo = closed("sampah")
    assert client.get(f"/foto/{photo.name}/").status_code == 200
    category = Category.objects.get(pk="sampah")
    category.public_precision = "never"
    category.save()
    assert client.get(f"/foto/{photo.name}/").status_code == 404


def test_a_crime_becomes_no_order_on_the_map_of_all_staff(tell, client_of):
    report, operator = tell(category="kriminalitas"), client_of("operator")
    answer = operator.post(f"/ops/laporan/{report.pk}/perintah")
    assert answer.status_code == 403
    assert "data-order" not in operator.get(f"/ops/laporan/{report.pk}/").content.decode()
    with pytest.raises(PlaceStaysHidden):
        create_from_cluster(cluster_key="k", place=Point(0, 0, srid=4326), category="kriminalitas")
    assert not WorkOrder.objects.exists()


def test_an_order_says_no_number_of_its_reporter(tell, client_of):
    report = tell(words="Sampah, hubungi 0812-3456-7890 atau budi@contoh.id")
    client_of("operator").post(f"/ops/laporan/{report.pk}/perintah")
    words = WorkOrder.objects.get().words
    assert words.startswith("Sampah, hubungi") and "0812" not in words and "@" not in words


def test_the_same_picture_twice_at_once_is_one(tell, monkeypatch):
    report, data, now = tell(), picture(), timezone.now()
    first = photos.attach(report, data, at=now)
    monkeypatch.setattr(photos.Photo.objects, "filter", lambda **_: photos.Photo.objects.none())
    assert photos.attach(report, data, at=now).pk == first.pk  # as the slower of two taps sees it


def test_a_photo_too_large_is_refused_at_every_door(tell, monkeypatch):
    monkeypatch.setattr(photos, "MOST_BYTES", 10)
    with pytest.raises(photos.PhotoTooLarge):
        photos.attach(tell(), picture(), at=timezone.now())
    with pytest.raises(photos.PhotoTooLarge):
        photos.read(SimpleUploadedFile("a.jpg", b"x" * 11))
