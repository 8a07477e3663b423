"""Photos of reports: stored re-encoded under random names, never as they were sent."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, connection, models, transaction

from layers import photo_gate
from layers.catalog.categories import ON_THE_PUBLIC_MAP
from layers.catalog.reports import doubt
from layers.catalog.reports.models import Report
from layers.catalog.reports.pixels import CleanPhoto, of_clean
from layers.errors import BadInput

MOST_PHOTOS = 5
MOST_BYTES = 15 << 20
FAR_ENOUGH_M = 200
OLD_ENOUGH = timedelta(hours=24)


class TooManyPhotos(BadInput):
    """Paling banyak lima foto untuk satu laporan."""

    code = "TOO_MANY_PHOTOS"


class PhotoTooLarge(BadInput):
    """Foto itu terlalu besar; paling banyak 15 MB."""

    code = "PHOTO_TOO_LARGE"


class PhotoKind(models.TextChoices):
    """What a photo shows."""

    REPORT = "report", "laporan"
    FOLLOW_UP = "follow_up", "tindak lanjut"
    CONTEST = "contest", "keberatan"


class PhotoQuerySet(models.QuerySet["Photo"]):
    """Reads of photos."""

    def public(self) -> PhotoQuerySet:
        """What everybody may see: published, of a published report of a category with a map.

        The category is asked at each look, not when the photo was published: one that the city
        closes later takes its pictures along.
        """
        return self.filter(
            published_at__isnull=False,
            report__published_at__isnull=False,
            report__practice=False,
            report__category__public_precision__in=ON_THE_PUBLIC_MAP,
        )


class Photo(models.Model):
    """A clean photo on disk. `likeness` is a 64-bit hash that survives scaling."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="photos")
    follow_up = models.ForeignKey(
        "layers.FollowUp", null=True, blank=True, on_delete=models.PROTECT, related_name="photos"
    )
    kind = models.CharField(max_length=9, choices=PhotoKind.choices)
    name = models.CharField(max_length=40, unique=True)
    sha256_sent = models.CharField(max_length=64)
    likeness = models.BigIntegerField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    stored_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        indexes = [models.Index(fields=("sha256_sent",), name="photo_sent")]
        constraints = [models.UniqueConstraint(fields=("report", "sha256_sent"), name="photo_once")]

    def __str__(self) -> str:
        return self.name

    def file(self, *, small: bool = False) -> Path:
        """Path of the picture, or of its thumbnail."""
        return folder() / self.name[:2] / f"{self.name}{'-k' if small else ''}.jpg"


def folder() -> Path:
    """Folder of all photos, outside everything that is served as files."""
    return Path(settings.MEDIA_ROOT) / "foto"


def read(sent: UploadedFile) -> bytes:
    """The bytes of an upload, not read at all when it says that it is too large.

    Raises PhotoTooLarge.
    """
    if (sent.size or 0) > MOST_BYTES:
        raise PhotoTooLarge
    return sent.read()


def attach(
    report: Report,
    data: bytes,
    *,
    at: datetime,
    kind: str = PhotoKind.REPORT,
    follow_up: Any = None,
) -> Photo:
    """Store one photo that somebody sent; the same bytes again are the same photo.

    Raises PhotoTooLarge, TooManyPhotos, photo_gate.BadPhoto.
    """
    if len(data) > MOST_BYTES:
        raise PhotoTooLarge
    sent = hashlib.sha256(data).hexdigest()
    known = Photo.objects.filter(report=report, sha256_sent=sent).first()
    if known is not None:
        return known
    if report.photos.filter(kind=kind).count() >= MOST_PHOTOS:
        raise TooManyPhotos
    safe = photo_gate.clean(data)
    made = of_clean(safe.picture, safe.thumbnail, safe.width, safe.height)
    try:
        return keep(report, made, sent=sent, at=at, kind=kind, follow_up=follow_up)
    except IntegrityError:  # a second tap brought the same bytes while these were cleaned
        return Photo.objects.get(report=report, sha256_sent=sent)


@transaction.atomic
def keep(
    report: Report,
    made: CleanPhoto,
    *,
    sent: str,
    at: datetime,
    kind: str = PhotoKind.REPORT,
    follow_up: Any = None,
) -> Photo:
    """Write a clean photo to disk under a random name, and its row."""
    photo = Photo.objects.create(
        report=report,
        follow_up=follow_up,
        kind=kind,
        name=secrets.token_hex(16),
        sha256_sent=sent,
        likeness=made.likeness,
        width=made.width,
        height=made.height,
        stored_at=at,
    )
    _write(photo, made)
    return photo


def _write(photo: Photo, made: CleanPhoto) -> None:
    for small, data in ((False, made.picture), (True, made.thumbnail)):
        path = photo.file(small=small)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


SEEN = """
SELECT other.number FROM layers_photo AS mine
JOIN layers_photo AS theirs ON theirs.report_id <> mine.report_id AND (
  theirs.sha256_sent = mine.sha256_sent
  OR bit_count((theirs.likeness # mine.likeness)::bit(64)) <= %(bits)s)
JOIN layers_report AS other ON other.id = theirs.report_id
JOIN layers_report AS this ON this.id = mine.report_id
WHERE mine.report_id = %(report)s AND mine.kind = 'report' AND other.practice = this.practice
  AND other.received_at <= this.received_at
  AND (this.geom IS NULL OR other.geom IS NULL
       OR ST_Distance(this.geom::geography, other.geom::geography) > %(far_m)s
       OR abs(extract(epoch FROM this.received_at - other.received_at)) > %(old_s)s)
ORDER BY other.received_at LIMIT 1
"""


def seen_before(report: Report) -> str:
    """Number of an earlier report, elsewhere or long before, with a photo as good as equal."""
    values = {
        "report": report.pk,
        "bits": doubt.PHOTO_LIKENESS_BITS,
        "far_m": FAR_ENOUGH_M,
        "old_s": OLD_ENOUGH.total_seconds(),
    }
    with connection.cursor() as cursor:
        cursor.execute(SEEN, values)
        row = cursor.fetchone()
    return row[0] if row else ""
