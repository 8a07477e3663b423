"""The sentence a person reads for each code: what is wrong, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
MAX_VALUE = 80

SENTENCES: dict[str, Promise | str] = {
    # the file as a whole
    "EMPTY": _("Berkas ini kosong: tidak ada satu baris pun di dalamnya."),
    "TOO_LARGE": _("Berkas lebih besar dari {limit_mib} MiB. Bagi menjadi beberapa berkas."),
    "TOO_LARGE_IN_MEMORY": _("Berkas ini terlalu besar untuk dibuka. Bagi menjadi beberapa."),
    "UNSUPPORTED": _("Isi berkas bukan {wanted}. Periksa jenis berkas yang dipilih."),
    "NO_SANDBOX": _(
        "Server ini tidak dapat membuka {format} dengan aman. Simpan sebagai GeoJSON atau CSV."
    ),
    "READER_DIED": _("Berkas ini menghentikan pembacanya. Tidak ada yang disimpan."),
    "TIMEOUT": _("Membaca berkas ini melebihi {seconds} detik, jadi dihentikan."),
    "TRUNCATED": _("Berkas terpotong pada baris {line}. Salin atau unduh ulang."),
    "TRUNCATED_FILE": _("Berkas terpotong di tengah. Salin atau unduh ulang."),
    "BAD_ENCODING": _("Tulisan di berkas bukan {wanted}. Simpan ulang sebagai {wanted}."),
    "COUNT_DIFFERS": _("Berkas berisi {counted} baris tetapi hanya {read} terbaca."),
    "TOO_MANY_ROWS": _("Berkas berisi lebih dari {limit} baris. Bagi menjadi beberapa berkas."),
    "TOO_MANY_FIELDS": _("Berkas memakai lebih dari {limit} kolom. Kurangi kolomnya."),
    "AMBIGUOUS": _("Ada dua pilihan, {first} dan {second}. Sebutkan mana yang dipakai."),
    "NO_GEOMETRY": _("Tidak ada kolom koordinat; alamat bukan letak. Tambahkan bujur dan lintang."),
    # JSON and GeoJSON
    "BAD_JSON": _("Bukan JSON yang sah: salah tulis pada baris {line}, kolom {column}."),
    "TOO_DEEP": _("Isinya bersarang lebih dari {limit} tingkat."),
    "NONFINITE": _("Ada angka yang bukan angka ({value})."),
    "DUPLICATE_KEY": _("Nama {key} ditulis dua kali dalam satu objek."),
    "BAD_GEOJSON": _("Bukan GeoJSON: {found} tidak ada pada tempatnya."),
    "BAD_FEATURE": _("Baris ini bukan Feature GeoJSON yang lengkap."),
    "BAD_PROPERTIES": _("Sifat baris ini (properties) bukan daftar nama dan nilai."),
    "BAD_BBOX": _("Kotak batas (bbox) salah tulis dan diabaikan."),
    "EXTRA_ORDINATES": _("Koordinat berisi lebih dari tiga angka; sisanya diabaikan."),
    "NESTED_COLLECTION": _("Kumpulan geometri di dalam kumpulan."),
    "DUPLICATE_ID": _("Pengenal {example} dipakai lebih dari sekali."),
    "NO_PLACE": _("Baris tanpa letak."),
    # reference systems
    "MISSING_CRS": _("Berkas tidak menyebut sistem koordinatnya. Sebutkan, mis. EPSG:4326."),
    "BAD_CRS": _("Sistem koordinat {name} tidak dikenal. Sebutkan kode EPSG-nya."),
    "CRS_EXTERNAL": _("Sistem koordinat menunjuk alamat luar, yang tidak pernah dibuka."),
    "CRS_CONFLICT": _("Berkas menyebut {inside}, Anda menyebut {stated}. Pilih satu."),
    # geometry
    "EMPTY_GEOMETRY": _("Letaknya kosong."),
    "COORD_RANGE": _("Koordinat {lon}, {lat} tidak ada di bumi."),
    "COORD_SWAPPED": _(
        "Koordinat {lon}, {lat} tidak ada di bumi. Mungkin bujur dan lintang tertukar?"
    ),
    "NULL_ISLAND": _("Koordinat 0, 0 berarti letak belum diisi."),
    "ANTIMERIDIAN": _("Garis atau area melompati bujur 180°. Potong di bujur 180° dahulu."),
    "INVALID_GEOMETRY": _("Bentuknya tidak sah: {reason}. Perbaiki, atau minta diperbaiki."),
    "RING_NOT_CLOSED": _("Garis batas area tidak tertutup."),
    "TOO_FEW_POINTS": _("Hanya {count} titik; paling sedikit {wanted}."),
    "TOO_MANY_VERTICES": _("{count} titik sudut, lebih dari {limit}. Sederhanakan dahulu."),
    "TOO_COMPLEX": _("Bentuk ini terlalu rumit untuk diperbaiki dalam {seconds} detik."),
    "BAD_GEOMETRY": _("Bentuk ini tidak dapat dibaca ({reason})."),
    "BAD_COORD": _("{value} bukan koordinat dalam angka derajat, mis. 127.38."),
    "BAD_WKT": _("{text} bukan bentuk WKT."),
    "UNSUPPORTED_GEOM": _("Jenis bentuk {kind} tidak dapat dipakai. Pakai titik, garis, area."),
    "WRONG_KIND": _("Lapisan ini menyimpan {wanted}, baris ini {kind}."),
    # tables
    "BAD_HEADER": _("Judul kolom {name} tidak dapat dipakai."),
    "DUPLICATE_HEADER": _("Judul kolom {name} ada dua kali."),
    "BAD_ROW": _("Tanda kutip di baris {row} tidak ditutup."),
    "BAD_ROW_WIDTH": _("Baris ini berisi {found} kolom, judulnya {wanted}."),
    "BAD_VALUE": _("Nilai {value} di kolom {column} tidak dapat dipakai."),
    "BAD_TIME": _("{value} di kolom {column} bukan waktu seperti 2026-11-22T10:00+09:00."),
    "CONFLICT": _("Bacaan kedua pada saat yang sama berbeda: {first} lalu {second}."),
    "TOO_LONG": _("Tulisan sepanjang {length} huruf; paling banyak {limit}."),
    "NUL_BYTE": _("Ada huruf NUL (kode 0), yang tidak dapat disimpan."),
    "MISSING_VALUE": _("Kolom {column} wajib diisi."),
    "MISSING_FOR_NEW": _("{key} belum ada di lapisan ini; baris baru wajib mengisi {column}."),
    "TABLE_RULE": _("Ada baris yang melanggar aturan tabel ({rule})."),
    "UNKNOWN_REFERENCE": _("{value} di kolom {column} tidak ada dalam data kota."),
    "DUPLICATE_KEY_ROW": _("{value} di kolom {column} sudah dipakai baris {other}."),
    # archives and XML
    "BAD_ZIP": _("Arsip zip rusak. Buat ulang arsipnya."),
    "ZIP_ENTRIES": _("Arsip berisi {count} berkas; paling banyak {limit}."),
    "ZIP_PATH": _("Arsip memuat nama berkas yang menunjuk ke luar: {name}."),
    "ZIP_NESTED": _("Arsip di dalam arsip ({name}). Keluarkan dahulu."),
    "ZIP_ENCRYPTED": _("Arsip terkunci sandi. Buat tanpa sandi."),
    "ZIP_BOMB": _("Isi arsip membengkak tak wajar ({name})."),
    "MISSING_SHP": _("Berkas .shp tidak ada di dalam arsip."),
    "MISSING_SHX": _("Berkas .shx tidak ada; dibaca tanpa itu."),
    "MISSING_DBF": _("Berkas .dbf tidak ada; baris tanpa keterangan."),
    "DELETED_ROW": _("Baris bertanda terhapus dilewati."),
    "BAD_SHAPEFILE": _("Shapefile rusak: panjang yang tertulis tidak cocok ({reason})."),
    "BAD_GPKG": _("GeoPackage rusak. Ekspor ulang dari programnya."),
    "VIEW_LEFT_OUT": _("{name} adalah kueri (view), bukan tabel, dan dilewati."),
    "XML_DTD": _("XML dengan DTD atau entitas tidak diterima."),
    "BAD_XML": _("Bukan XML yang sah: salah tulis pada baris {line}, kolom {column}."),
    "REMOTE_REF": _("Tautan luar ({name}) diabaikan dan tidak dibuka."),
    "BAD_OSM": _("Unsur OpenStreetMap {element} tidak lengkap."),
    "MISSING_NODES": _("{count} simpul tidak ada di berkas (mis. {example})."),
    "SKIPPED_ELEMENTS": _("{count} dari {rows} unsur peta tidak lengkap dan dilewati."),
    # pictures
    "BAD_TIFF": _("GeoTIFF ini tidak dapat dibaca."),
    "IMAGE_TOO_LARGE": _("Gambar {width} x {height} terlalu besar."),
    "TOO_MANY_BANDS": _("{count} kanal; paling banyak {limit}."),
    "BAD_IMAGE": _("Foto rusak. Ambil atau kirim ulang."),
    "ANIMATION": _("Gambar bergerak tidak diterima. Kirim satu foto."),
    "RASTER_WITHOUT_CRS": _("Raster tidak menyebut sistem koordinatnya. Sebutkan sebelum dipakai."),
    # warnings about a good file
    "HEIGHT_DROPPED": _("Ketinggian (Z) tidak disimpan."),
    "REPAIRED": _("Bentuk diperbaiki atas permintaan Anda."),
    "RING_CLOSED": _("Garis batas area ditutup atas permintaan Anda."),
    "OUTSIDE_CITY": _("Letak di luar kotak kota."),
    "SHARED_POSITION": _(
        "{positions} letak dipakai bersama oleh {rows} baris; {repeats} baris mengulang letak lain."
    ),
    "PILE_UP": _("{count} baris bertumpuk di satu titik ({lon}, {lat}): mungkin titik bawaan."),
    "OTHER_PAIR": _("Pasangan koordinat kedua ({x}, {y}) tidak dipakai sebagai letak."),
    "TABLE_WITHOUT_PLACES": _("Tabel tanpa letak; tidak dapat menjadi lapisan peta."),
    "UNUSED_COLUMNS": _("Kolom tanpa tempat di lapisan ini dilewati: {names}."),
    "REPROJECTED": _("Koordinat diubah dari {name} ke derajat WGS 84."),
    "KEY_MATCHED": _("{count} kode dicocokkan tanpa memandang titik dan tanda hubung."),
}


def sentence(code: str, values: Mapping[str, Any]) -> str:
    """Return the words for `code`, its values made harmless for one line of any log or page."""
    words = str(SENTENCES.get(code, code if re.fullmatch(r"[A-Z_]{1,40}", code) else "?"))
    return words.format_map(_Values(values))


class _Values(dict[str, str]):
    """Values of a sentence as short single-line text; a missing one shows as …."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__({key: _plain(value) for key, value in values.items()})

    def __missing__(self, key: str) -> str:
        return "…"


def _plain(value: Any) -> str:
    return _CONTROL.sub(" ", str(value)).encode("utf-8", "replace").decode()[:MAX_VALUE]
