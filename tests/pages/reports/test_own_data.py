"""A reporter sees what is kept about them, takes it along, and ends it; the report stays."""

from __future__ import annotations

import pytest

from layers.catalog.reports import contest, own_data
from layers.catalog.reports.history import ReportHistory, broken_chains
from layers.catalog.reports.move import move
from layers.catalog.reports.photos import Photo, attach
from layers.catalog.reports.states import Actor
from tests.pages.reports.conftest import picture

pytestmark = pytest.mark.django_db
KEY = "k" * 32
WORDS = "Sampah menumpuk, saya Ani, telepon 0812 3456 7890"


@pytest.fixture
def mine(tell):
    """A report with a mark, a key and words that hold a number."""
    return tell(words=WORDS, follow_key=KEY, phone_mark="hp-ani", landmark="depan rumah Ani")


def address(report, more="") -> str:
    return f"/lacak/{report.number}/data{more}"


def erased(client, report, **fields):
    """Send the form."""
    sent = {"kunci": KEY, "mengerti": "1", **fields}
    answer = client.post(address(report, "/hapus"), sent)
    report.refresh_from_db()
    return answer


def test_the_link_opens_what_is_kept_and_the_number_alone_does_not(mine, client, client_of):
    page = client.get(address(mine, "/"), {"kunci": KEY}).content.decode()
    assert WORDS in page and "depan rumah Ani" in page and "Hapus data saya" in page
    told = client.get(address(mine, ".json"), {"kunci": KEY}).json()
    assert told["words"] == WORDS and told["phone_mark"] is True
    assert "hp-ani" not in str(told) and KEY not in str(told)
    english = client.get(address(mine, "/"), {"kunci": KEY}, headers={"accept-language": "en"})
    assert "Delete my data" in english.content.decode()
    for stranger in (client, client_of("operator")):
        assert stranger.get(address(mine, "/")).status_code == 404
        assert stranger.get(address(mine, ".json"), {"kunci": "x" * 32}).status_code == 404
        assert stranger.post(address(mine, "/hapus"), {"mengerti": "1"}).status_code == 404


def test_deleting_takes_the_person_and_leaves_report_state_place_and_history(mine, client):
    state, place = mine.state, mine.geom
    answer = erased(client, mine)
    assert answer.status_code == 302 and KEY not in answer["Location"]
    assert (mine.phone_mark, mine.follow_key_hash) == ("", "")
    assert mine.words == "Sampah menumpuk, saya Ani, telepon […]"
    assert (mine.state, mine.geom) == (state, place)
    last = mine.history.last()
    assert (last.reason_code, last.actor_role) == (own_data.ERASED, Actor.REPORTER)
    lines = ReportHistory.objects.select_related("report").order_by("report_id", "seq")
    assert list(broken_chains(lines)) == []
    assert client.get(address(mine, "/"), {"kunci": KEY}).status_code == 404
    ladder = client.get(f"/lacak/{mine.number}/", {"kunci": KEY}).content.decode()
    assert "Laporan Anda" not in ladder and "Kata-kata dan foto pelapor hanya tampil" in ladder


def test_of_a_published_report_what_everybody_reads_stays(mine, client, person):
    move(mine.pk, "sahkan", actor=Actor.OPERATOR, by=person("meja"), public_words="Sampah")
    erased(client, mine)
    assert (mine.words, mine.public_words) == ("Sampah", "Sampah")


def test_of_a_closed_report_that_was_never_public_no_word_stays(mine, client, person):
    move(mine.pk, "tidak_terbukti", actor=Actor.OPERATOR, by=person("meja"), note="Bersih")
    contest.contest(contest.of_reporter(mine.number, KEY), "Masih ada, saya Ani")
    erased(client, mine)
    assert mine.words == ""
    notes = {note.words for note in mine.notes.all()}
    assert notes == {"Bersih", ""}, "the officer's reason stays, the reporter's words go"


def test_photos_go_with_their_files_only_when_asked(
    mine, client, tell, django_capture_on_commit_callbacks
):
    other = tell(x=0.2, follow_key=KEY)
    kept = [attach(report, picture(), at=report.received_at) for report in (mine, other)]
    files = [[photo.file(), photo.file(small=True)] for photo in kept]
    with django_capture_on_commit_callbacks(execute=True):
        erased(client, mine, foto="1")
        erased(client, other)
    assert list(Photo.objects.values_list("report", flat=True)) == [other.pk]
    assert [[path.exists() for path in one] for one in files] == [[False, False], [True, True]]


def test_nothing_is_deleted_without_the_tick(mine, client):
    answer = erased(client, mine, mengerti="")
    assert answer.status_code == 400 and mine.words == WORDS and mine.follow_key_hash
