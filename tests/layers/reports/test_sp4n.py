"""The national complaint system's files: no doubles, nothing unsaid, 61 / 12 / 66 exactly."""

from __future__ import annotations

import csv
import io
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from layers.catalog.reports import figures, sp4n
from layers.catalog.reports.models import Report

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Jayapura")
HEAD = ["No. Tracking", "Tanggal Laporan", "Isi Laporan", "Status", "Instansi", "Kelurahan"]
BACKLOG = (("Belum diverifikasi", 61), ("Belum ditindaklanjuti", 12), ("Selesai", 66))


def backlog(*, drop: int = 0) -> list[list[str]]:
    """Rows of the 2020 backlog: 61 + 12 + 66 = 139, less `drop`."""
    rows = []
    for status, count in BACKLOG:
        for _ in range(count):
            number = len(rows) + 1
            rows.append(
                [f"00{number:05d}", f"2020-03-{number % 28 + 1:02d} 09:15",
                 f"Lampu padam dekat pasar {number}", status, "Dinas Perhubungan", "Bawah"]
            )  # fmt: skip
    return rows[: len(rows) - drop]


def as_csv(head: list[str], rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    return out.getvalue().encode()


def as_xlsx(head: list, rows: list[list]) -> bytes:
    book = openpyxl.Workbook()
    for row in [head, *rows]:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture
def imported(toy, tmp_path):
    path = tmp_path / "sp4n_2020.csv"
    path.write_bytes(as_csv(HEAD, backlog()))
    call_command("import_sp4n", path, expect=139)
    return path


def code_of(*words, **options) -> int:
    with pytest.raises(CommandError) as told:
        call_command("import_sp4n", *words, **options)
    return told.value.returncode


def test_the_backlog_of_2020_counts_61_12_66_and_none_in_process(imported):
    (row,) = figures.state_counts(source="sp4n-2020")
    assert (row.unverified, row.waiting, row.in_process, row.closed) == (61, 12, 0, 66)
    assert [row.share(n) for n in (61, 12, 66)] == [43.9, 8.6, 47.5]


def test_imported_closing_is_not_counted_as_fixed(imported):
    (row,) = figures.state_counts(source="sp4n-2020")
    assert (row.closed, row.fixed, row.not_told) == (66, 0, 66)


@pytest.mark.parametrize("address", ["/kinerja.json", "/kinerja.csv", "/kinerja/"])
def test_61_12_66_stands_on_every_outlet(imported, client, address):
    answer = client.get(address, {"sumber": "sp4n-2020"})
    text = answer.content.decode()
    assert answer.status_code == 200
    if address.endswith("json"):
        counts = answer.json()["all"]
        assert [counts[k] for k in ("unverified", "waiting", "in_process", "closed")] == [
            61, 12, 0, 66,
        ]  # fmt: skip
    elif address.endswith("csv"):
        first = next(csv.DictReader(io.StringIO(text)))
        assert (first["unverified"], first["waiting"], first["closed"]) == ("61", "12", "66")
    else:
        for count in (61, 12, 0, 66):
            assert f">{count}</b>" in text


def test_import_twice_adds_nothing(imported):
    call_command("import_sp4n", imported)
    assert Report.objects.count() == 139
    assert Report.objects.filter(history_seq__gt=1).count() == 0


def test_changed_words_are_updated_with_a_line_of_history(imported, tmp_path):
    rows = backlog()
    rows[0][2] = "Lampu padam di dua tempat"
    path = tmp_path / "again.csv"
    path.write_bytes(as_csv(HEAD, rows))
    call_command("import_sp4n", path)
    report = Report.objects.get(sp4n_id="0000001")
    assert report.words == "Lampu padam di dua tempat"
    assert [line.move for line in report.history.order_by("seq")] == ["impor", "catat"]


def test_csv_and_xlsx_and_shuffled_columns_give_equal_rows():
    rows = backlog()
    turned = [row[::-1] for row in rows]
    plain = sp4n.read(as_csv(HEAD, rows), zone=ZONE)
    assert len(plain.rows) == plain.read == 139
    assert sp4n.read(as_xlsx(HEAD, rows), zone=ZONE).rows == plain.rows
    assert sp4n.read(as_csv(HEAD[::-1], turned), zone=ZONE).rows == plain.rows


def test_a_file_with_138_rows_ends_3_and_writes_nothing(toy, tmp_path):
    path = tmp_path / "short.csv"
    path.write_bytes(as_csv(HEAD, backlog(drop=1)))
    assert code_of(path, expect=139) == 3
    assert Report.objects.count() == 0


def test_bad_rows_are_named_and_stop_the_import(toy, tmp_path, capsys):
    rows = backlog()
    rows[3][0], rows[5][3], rows[7][0] = "", "Ditunda", rows[6][0]
    path = tmp_path / "bad.csv"
    path.write_bytes(as_csv(HEAD, rows))
    assert code_of(path) == 1
    told = capsys.readouterr().err
    assert "Row 5: no tracking number" in told
    assert "Row 7: 'Ditunda' is not one of the 4 states" in told
    assert "Row 9: '0000007' stands already in row 8" in told
    assert Report.objects.count() == 0
    assert code_of(path, good_rows=True) == 1
    assert Report.objects.count() == 136


def test_odd_places_and_lengths_are_faults_of_their_rows():
    head = [*HEAD[:4], "Lintang", "Bujur", "Judul"]
    good = ["A1", "2020-03-01", "Air mati", "Selesai", "", "", ""]
    odd = {
        2: {4: "utara", 5: "127"}, 3: {4: "0.8"}, 4: {0: "9" * 61},
        5: {2: "a" * 19_980, 6: "Judul yang lama"}, 6: {4: "nan", 5: "127.3"},
    }  # fmt: skip
    rows = [[odd[n].get(at, value) for at, value in enumerate(good)] for n in odd]
    for n, row in enumerate(rows):
        row[0] = row[0] if len(row[0]) > 60 else f"A{n}"
    reading = sp4n.read(as_csv(head, rows), zone=ZONE)
    assert [(fault.line, fault.column) for fault in reading.faults] == [
        (2, "lat"), (3, "lat"), (4, "tracking_id"), (5, "text"), (6, "lat"),
    ]  # fmt: skip


def test_a_place_outside_the_city_is_named_with_its_row(toy, tmp_path):
    path = tmp_path / "far.csv"
    head, row = [*HEAD[:4], "Lintang", "Bujur"], ["A1", "2020-03-01", "Air mati", "Selesai"]
    path.write_bytes(as_csv(head, [[*row, "51.5", "0.1"]]))
    with pytest.raises(CommandError, match="Baris 2: Tempat itu di luar"):
        call_command("import_sp4n", path)
    assert Report.objects.count() == 0


def test_a_tracking_number_that_excel_made_a_number_is_refused():
    rows = [[12345, "2020-03-01", "Air mati", "Selesai"]]
    reading = sp4n.read(as_xlsx(HEAD[:4], rows), zone=ZONE)
    assert reading.rows == []
    assert "save the column as text" in reading.faults[0].sentence


def test_a_formula_stays_text():
    rows = [["A1", "2020-03-01", '=HYPERLINK("x")', "Selesai"]]
    assert sp4n.read(as_xlsx(HEAD[:4], rows), zone=ZONE).rows[0].text == '=HYPERLINK("x")'


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe\x00x", b"PK\x03\x04broken", b"a,b\n1,2\n"], ids=repr
)
def test_unreadable_files_end_2(toy, tmp_path, data):
    path = tmp_path / "file.csv"
    path.write_bytes(data)
    assert code_of(path) == 2


def test_the_city_folder_s_own_backlog_reads_61_12_66(toy):
    path = settings.CITY_DIR / "sp4n_2020.csv"
    if not path.exists():
        pytest.skip("the city's folder has no sp4n_2020.csv")
    call_command("import_sp4n", path, expect=139)
    (row,) = figures.state_counts(source="sp4n-2020")
    assert (row.unverified, row.waiting, row.in_process, row.closed) == (61, 12, 0, 66)
