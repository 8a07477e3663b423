"""What is refused, in Indonesian: the sentences of the tile path, OGC API, WMS, WFS and WMTS.

The code says each sentence in English, as the protocols do; here stands the other half. `{}` is a
hole for a name or a figure, which stays as it is. The raw server knows no gettext, and these
sentences are one whichever side answers, so they stand in a table of their own; a test keeps it
total.
"""

from __future__ import annotations

import re
from functools import lru_cache

LANGUAGES = INDONESIAN, ENGLISH = "id", "en"
HOLE = "{}"
MOMENT = "2026-11-02T06:00:00Z"

SENTENCES = {
    # any address
    "There is nothing here, or it is not for you to see.": (
        "Tidak ada apa-apa di sini, atau bukan untuk Anda."
    ),
    "Only GET and HEAD are answered here.": "Di sini hanya GET dan HEAD yang dijawab.",
    "Only GET is supported.": "Hanya GET yang dilayani.",
    "This server has no encoding that you accept: allow gzip, br, zstd or identity.": (
        "Server ini tidak punya penyandian yang Anda terima: izinkan gzip, br, zstd atau identity."
    ),
    "Too much is asked for at once; try again in a moment.": (
        "Terlalu banyak permintaan sekaligus; coba lagi sebentar."
    ),
    "The map is being published; if that lasts, type manage.py publish_layers on the server.": (
        "Peta sedang diterbitkan ulang; bila ini berlanjut, ketik manage.py publish_layers "
        "di server."
    ),
    "Something went wrong here and has been noted; try again in a moment.": (
        "Ada yang salah di sini dan sudah dicatat; coba lagi sebentar."
    ),
    "This token is not known, or it has ended.": (
        "Token ini tidak dikenal, atau sudah habis masanya."
    ),
    "Host: this server does not go by that name.": "Host: server ini tidak bernama begitu.",
    "The query cannot be read.": "Pertanyaan sesudah tanda ? tidak dapat dibaca.",
    "Unknown parameter: {}.": "Parameter tidak dikenal: {}.",
    "Parameter given twice: {}.": "Parameter diberikan dua kali: {}.",
    "The database cannot work with a value of this request.": (
        "Basis data tidak dapat memakai salah satu nilai permintaan ini."
    ),
    "The server is busy; try again in a few seconds.": (
        "Server sedang sibuk; coba lagi beberapa detik lagi."
    ),
    # time and place
    "Give lon and lat in degrees.": "Berikan lon dan lat dalam derajat.",
    "lon or lat is out of range.": "lon atau lat di luar jangkauan.",
    f"{{}}: write {MOMENT}.": f"{{}}: tulis {MOMENT}.",
    "This layer has no time: from and to are unknown here.": (
        "Lapisan ini tidak punya waktu: from dan to tidak dikenal di sini."
    ),
    "Give both from and to.": "Berikan from dan to, keduanya.",
    "{} must lie on the layer's time bucket ({} s).": (
        "{} harus jatuh pada langkah waktu lapisan ({} detik)."
    ),
    "from must be earlier than to.": "from harus lebih awal daripada to.",
    # OGC API: parameters
    "{}: write a whole number from {} to {}.": "{}: tulis bilangan bulat dari {} sampai {}.",
    "{}: write numbers parted by commas.": "{}: tulis angka yang dipisah koma.",
    f"datetime: write {MOMENT}, or two of them with /.": (
        f"datetime: tulis {MOMENT}, atau dua dengan / di antaranya."
    ),
    "datetime: the begin is later than the end.": "datetime: awalnya sesudah akhirnya.",
    "datetime: out of range.": "datetime: di luar jangkauan.",
    "{}: the value does not fit.": "{}: nilainya tidak cocok.",
    "properties: unknown column {}.": "properties: kolom {} tidak dikenal.",
    "{}: there is no filter.": "{}: tidak ada filter.",
    "filter-lang: cql2-text or cql2-json.": "filter-lang: cql2-text atau cql2-json.",
    "bbox-crs: there is no bbox.": "bbox-crs: tidak ada bbox.",
    "f: {} or {}.": "f: {} atau {}.",
    "f: {}.": "f: {}.",
    "collections: names of collections, parted by commas.": (
        "collections: nama koleksi yang dipisah koma."
    ),
    "{}: unknown here; the collection's crs list holds those that work.": (
        "{}: tidak dikenal di sini; daftar crs koleksi memuat yang dapat dipakai."
    ),
    "{}: write four numbers, west,south,east,north, or six with heights.": (
        "{}: tulis empat angka, barat,selatan,timur,utara, atau enam dengan ketinggian."
    ),
    "{}: the lower edge lies above the upper one.": "{}: tepi bawah terletak di atas tepi atas.",
    "{}: the left edge lies right of the right one.": "{}: tepi kiri terletak di kanan tepi kanan.",
    "{}: coordinates must be finite numbers.": "{}: koordinat harus angka berhingga.",
    "{}: a coordinate is out of range for {}.": "{}: satu koordinat di luar jangkauan {}.",
    # CQL2
    "filter: more than {} characters.": "filter: lebih dari {} karakter.",
    "filter: it holds a NUL character.": "filter: memuat karakter NUL.",
    "filter: more than {} parentheses.": "filter: lebih dari {} tanda kurung.",
    "filter: more than {} minus signs.": "filter: lebih dari {} tanda minus.",
    "filter: it can be read in two ways; write it with parentheses.": (
        "filter: dapat dibaca dengan dua cara; tulis dengan tanda kurung."
    ),
    "filter: this is no {}.": "filter: ini bukan {}.",
    "filter: write TIMESTAMP('2026-11-02T06:00:00Z') or DATE('2026-11-02').": (
        "filter: tulis TIMESTAMP('2026-11-02T06:00:00Z') atau DATE('2026-11-02')."
    ),
    "filter: the value does not fit the property.": "filter: nilainya tidak cocok dengan sifatnya.",
    "filter: a text of at most {} characters belongs here.": (
        "filter: di sini tempatnya teks, paling banyak {} karakter."
    ),
    "filter: a number belongs here.": "filter: di sini tempatnya angka.",
    "filter: a text is not Unicode.": "filter: ada teks yang bukan Unicode.",
    "filter: more than {} operators.": "filter: lebih dari {} operator.",
    "filter: a condition belongs here.": "filter: di sini tempatnya syarat.",
    "filter: this operator or function is not offered.": (
        "filter: operator atau fungsi ini tidak disediakan."
    ),
    "filter: and, or need two conditions.": "filter: and, or memerlukan dua syarat.",
    "filter: an operator has too many or too few parts.": (
        "filter: bagian suatu operator terlalu banyak atau terlalu sedikit."
    ),
    "filter: a property belongs on the left, a value on the right.": (
        "filter: sifat di kiri, nilai di kanan."
    ),
    "filter: unknown property; see the collection's queryables.": (
        "filter: sifat tidak dikenal; lihat queryables koleksi."
    ),
    "filter: IN takes 1 to {} values.": "filter: IN menerima 1 sampai {} nilai.",
    "filter: LIKE is for texts.": "filter: LIKE hanya untuk teks.",
    "filter: LIKE may not begin with a wildcard.": (
        "filter: LIKE tidak boleh diawali tanda pengganti."
    ),
    "filter: LIKE takes at most {} wildcards.": (
        "filter: LIKE menerima paling banyak {} tanda pengganti."
    ),
    "filter: LIKE ends with an escape sign.": "filter: LIKE berakhir dengan tanda lolos.",
    "filter: S_INTERSECTS takes the property geometry.": (
        "filter: S_INTERSECTS memakai sifat geometry."
    ),
    "filter: S_INTERSECTS takes BBOX, a point, line or polygon.": (
        "filter: S_INTERSECTS menerima BBOX, titik, garis atau poligon."
    ),
    "filter: a shape of more than {} points.": "filter: bentuk dengan lebih dari {} titik.",
    "filter: BBOX takes four numbers.": "filter: BBOX menerima empat angka.",
    "filter: a shape without points.": "filter: bentuk tanpa titik.",
    "filter: a point has two numbers.": "filter: sebuah titik terdiri dari dua angka.",
    "filter: this property holds no time.": "filter: sifat ini tidak memuat waktu.",
    "filter: an interval has two ends.": "filter: sebuah selang punya dua ujung.",
    "filter: T_DURING takes an interval.": "filter: T_DURING menerima selang.",
    "filter: T_EQUALS takes a moment here.": "filter: T_EQUALS di sini menerima satu saat.",
    # WMS, WFS, WMTS
    "{} is missing.": "{} tidak ada.",
    "{} is given twice.": "{} diberikan dua kali.",
    "{} is too long.": "{} terlalu panjang.",
    "{} is not supported here.": "{} tidak dilayani di sini.",
    "{} is not supported.": "{} tidak dilayani.",
    "{} is not supported: this service is read-only.": (
        "{} tidak dilayani: layanan ini hanya untuk membaca."
    ),
    "{}: a whole number from {}.": "{}: bilangan bulat mulai {}.",
    "{}: {} numbers between commas.": "{}: {} angka di antara koma.",
    "{}: no such frame: {}.": "{}: tidak ada sistem koordinat {}.",
    "{}: the smaller corner first.": "{}: sudut yang lebih kecil dahulu.",
    "{}: {} is not offered.": "{}: {} tidak disediakan.",
    "{}: at most {}.": "{}: paling banyak {}.",
    "{}: at most {} pixels.": "{}: paling banyak {} piksel.",
    "{}: lies outside the picture.": "{}: terletak di luar gambar.",
    "{}: lies outside the grid.": "{}: terletak di luar kisi.",
    "{} must be {} or {}.": "{} harus {} atau {}.",
    "{} must be {}.": "{} harus {}.",
    "There is no feature called {}.": "Tidak ada objek bernama {}.",
    "There is no layer called {}.": "Tidak ada lapisan bernama {}.",
    "There is no column called {}.": "Tidak ada kolom bernama {}.",
    "There is no stored query {}.": "Tidak ada kueri tersimpan {}.",
    "This layer is not published yet; try again in a minute.": (
        "Lapisan ini belum diterbitkan; coba lagi satu menit lagi."
    ),
    "This layer holds no raster yet.": "Lapisan ini belum memuat raster.",
    "This takes too long; ask for a smaller area or fewer layers.": (
        "Ini terlalu lama; minta wilayah yang lebih kecil atau lapisan yang lebih sedikit."
    ),
    "That box cannot be turned into the frame asked for.": (
        "Kotak itu tidak dapat dialihkan ke sistem koordinat yang diminta."
    ),
    "This map cannot be drawn; ask for fewer layers or a smaller picture.": (
        "Peta ini tidak dapat digambar; minta lapisan yang lebih sedikit atau gambar lebih kecil."
    ),
    "FILTER: only a single BBOX on the geometry is served; use BBOX, RESOURCEID.": (
        "FILTER: hanya satu BBOX pada geometri yang dilayani; pakai BBOX, RESOURCEID."
    ),
    "RESOURCEID: {} is no id of this layer.": "RESOURCEID: {} bukan id lapisan ini.",
    "BBOX and RESOURCEID exclude each other.": "BBOX dan RESOURCEID tidak dapat dipakai bersama.",
    "One layer a request: joins are not supported.": (
        "Satu lapisan setiap permintaan: penggabungan tidak dilayani."
    ),
    "SORTBY: {} is no column.": "SORTBY: {} bukan kolom.",
    "STYLES: leave it empty, or `default`.": "STYLES: kosongkan, atau `default`.",
    "TIME: one moment or one interval a picture.": "TIME: satu saat atau satu selang tiap gambar.",
    f"TIME: {{}}: write {MOMENT}, or two of them with a slash.": (
        f"TIME: {{}}: tulis {MOMENT}, atau dua dengan garis miring."
    ),
    "TIME: the earlier moment first.": "TIME: saat yang lebih awal dahulu.",
    "TIME: {} lies outside the calendar.": "TIME: {} di luar kalender.",
    "BBOX: has no area.": "BBOX: tidak punya luas.",
    "BGCOLOR: write 0xRRGGBB.": "BGCOLOR: tulis 0xRRGGBB.",
    "TILEMATRIX: 0 to {}.": "TILEMATRIX: 0 sampai {}.",
}


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(r"(.+?)".join(map(re.escape, sentence.split(HOLE))), re.DOTALL)


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Sentences with holes, the one with most words of its own first."""
    holed = sorted((one for one in SENTENCES if HOLE in one), key=lambda one: (-len(one), one))
    return [(_pattern(one), SENTENCES[one]) for one in holed]


def language_of(header: str) -> str:
    """id or en, whichever Accept-Language names first; Indonesian otherwise."""
    for part in header.lower().split(","):
        tag = part.strip()[:2]
        if tag in LANGUAGES:
            return tag
    return INDONESIAN


def said(sentence: str, language: str) -> str:
    """An English `sentence` of ours in `language` ("id" or "en"); others come back as they are."""
    if language != INDONESIAN:
        return sentence
    if sentence in SENTENCES:
        return SENTENCES[sentence]
    for pattern, words in _patterns():
        if match := pattern.fullmatch(sentence):
            return words.format(*match.groups())
    return sentence
