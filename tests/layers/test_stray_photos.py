"""Photos whose transaction was rolled back: swept a day later, and nothing else ever is."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from layers import stray_photos
from layers.catalog.reports import photos
from layers.catalog.reports.pixels import CleanPhoto
from layers.catalog.rounds import photos as proofs
from layers.catalog.rounds.models import RoundStop
from tests.layers.reports.conftest import tell, toy
from tests.pages.reports.conftest import media
from tests.round_town import planned_stop

__all__ = ["media", "tell", "toy"]
pytestmark = pytest.mark.django_db
MADE = CleanPhoto(picture=b"picture", thumbnail=b"thumb", width=4, height=3, likeness=7)
LONG_AGO = timedelta(hours=25)


def of_age(path, age=LONG_AGO):
    """Make the file at `path` (and its folder) where it is not, so old."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(b"picture")
    then = (timezone.now() - age).timestamp()
    os.utime(path, (then, then))
    return path


def kept(report, sent="a"):
    """A photo with its row, both files of yesterday."""
    photo = photos.keep(report, MADE, sent=sent * 64, at=timezone.now())
    for small in (False, True):
        of_age(photo.file(small=small))
    return photo


def rolled_back(report):
    """Both files of a photo whose row never came."""

    class Interrupted(Exception):
        pass

    try:
        with transaction.atomic():
            photo = photos.keep(report, MADE, sent="b" * 64, at=timezone.now())
            raise Interrupted
    except Interrupted:
        return [photo.file(), photo.file(small=True)]


def test_a_rolled_back_photo_goes_after_a_day_and_what_has_a_row_stays(tell):
    mine, lost = kept(tell()), rolled_back(tell())
    assert [path.exists() for path in lost] == [True, True]
    found = stray_photos.sweep(timezone.now())
    assert (found.files, found.named, found.young, found.stray) == (4, 2, 2, 0)
    for path in lost:
        of_age(path)
    found = stray_photos.sweep(timezone.now())
    assert (found.named, found.young, found.stray, found.stray_bytes) == (2, 0, 2, 12)
    assert [path.exists() for path in lost] == [False, False]
    assert mine.file().exists() and mine.file(small=True).exists()
    assert stray_photos.sweep(timezone.now()).stray == 0


def test_a_dry_run_counts_and_deletes_nothing(tell, capsys, caplog):
    lost = [of_age(path) for path in rolled_back(tell())]
    with caplog.at_level("INFO", logger="gis_platform.photos"):
        call_command("sweep_photos", "--dry-run")
    assert "2 (0.0 MB) without a row would be deleted" in capsys.readouterr().out
    assert "stray photos counted" in caplog.text and "stray 2" in caplog.text
    assert all(path.exists() for path in lost)
    call_command("sweep_photos")
    assert not any(path.exists() for path in lost)


def test_proofs_of_stops_are_swept_alike_and_files_of_others_are_not_ours():
    stop = planned_stop()
    RoundStop.objects.filter(pk=stop.pk).update(photo="ab" * 16)
    held, lost = of_age(proofs.path_of("ab" * 16)), of_age(proofs.path_of("ac" * 16))
    foreign = of_age(proofs.folder() / "ac" / "note.txt")
    found = stray_photos.sweep(timezone.now())
    assert (found.named, found.stray) == (1, 1)
    assert held.exists() and foreign.exists() and not lost.exists()


def test_a_row_whose_file_is_gone_is_told(tell, capsys):
    photo = kept(tell())
    for small in (False, True):
        photo.file(small=small).unlink()
    call_command("sweep_photos")
    assert "1 photos have a row and no file" in capsys.readouterr().err


def test_a_foreign_database_deletes_nothing(tell, monkeypatch):
    monkeypatch.setattr(stray_photos, "FEW", 1)
    lost = [of_age(path) for path in rolled_back(tell())]
    with pytest.raises(CommandError, match="DATABASE_URL"):
        call_command("sweep_photos")
    assert all(path.exists() for path in lost)
