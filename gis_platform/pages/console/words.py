"""Words of the desk: states, signals and moves in people's language."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

STATES = {
    "baru": _("baru"),
    "perlu_lokasi": _("perlu lokasi"),
    "perlu_info": _("perlu info"),
    "diragukan": _("diragukan"),
    "terverifikasi": _("terverifikasi"),
    "diteruskan": _("diteruskan"),
    "diterima": _("diterima instansi"),
    "dijadwalkan": _("dijadwalkan"),
    "dikerjakan": _("dikerjakan"),
    "menunggu_validasi": _("menunggu validasi"),
    "selesai": _("selesai"),
}
RESOLUTIONS = {
    "diperbaiki": _("diperbaiki"),
    "tidak_dapat_dikerjakan": _("tidak dapat dikerjakan"),
    "bukan_wewenang": _("bukan wewenang"),
    "duplikat": _("duplikat"),
    "tidak_terbukti": _("tidak terbukti"),
    "kedaluwarsa": _("kedaluwarsa"),
    "tidak_tercatat": _("hasil tidak tercatat"),
}
SIGNALS = {
    "foto-pernah-ada": _("foto pernah ada di laporan lain"),
    "beruntun": _("banyak laporan beruntun dari satu HP"),
    "teks-disalin": _("kata-kata sama dengan laporan HP lain"),
    "di-laut": _("titik di laut"),
    "tanpa-foto": _("tanpa foto"),
    "ada-yang-sama": _("beberapa HP lain melaporkan hal yang sama"),
    "petugas": _("dilihat petugas"),
}
MOVES = {
    "terima": _("diterima"),
    "terima_petugas": _("diterima dari petugas"),
    "impor": _("diimpor"),
    "pasang_lokasi": _("lokasi dipasang"),
    "tanya": _("bertanya kepada pelapor"),
    "jawab": _("dijawab"),
    "kedaluwarsa": _("ditutup: kedaluwarsa"),
    "ragukan": _("diragukan"),
    "sahkan": _("disahkan"),
    "duplikat": _("digabung: duplikat"),
    "tidak_terbukti": _("ditutup: tidak terbukti"),
    "bukan_wewenang": _("ditutup: bukan wewenang"),
    "teruskan": _("diteruskan"),
    "alihkan": _("dialihkan"),
    "terima_instansi": _("diterima instansi"),
    "kembalikan": _("dikembalikan instansi"),
    "jadwalkan": _("dijadwalkan"),
    "jadwal_ulang": _("dijadwalkan ulang"),
    "mulai": _("mulai dikerjakan"),
    "lewati": _("dilewati"),
    "lepas": _("dilepas kru"),
    "lapor_selesai": _("dilaporkan selesai"),
    "nyatakan_selesai": _("dinyatakan selesai"),
    "pulangkan": _("dipulangkan"),
    "buka_kembali_kerja": _("dibuka kembali untuk dikerjakan"),
    "buka_kembali": _("dibuka kembali"),
    "pisahkan": _("dipisahkan dari induk"),
    "urungkan": _("diurungkan"),
    "catat": _("dicatat"),
}
CLOCKS = {
    "verifikasi": _("verifikasi"),
    "jawaban": _("jawaban pelapor"),
    "rencana": _("rencana instansi"),
    "terus_ulang": _("teruskan ulang"),
    "kerja": _("pekerjaan"),
    "validasi": _("validasi"),
    "keberatan": _("masa keberatan"),
}
VIEWS = {
    "meja": _("Perlu keputusan"),
    "tanpa-pemilik": _("Tanpa pemilik"),
    "lewat-waktu": _("Lewat waktu"),
    "digugat": _("Digugat"),
    "validasi": _("Menunggu validasi"),
    "semua": _("Semua"),
}
