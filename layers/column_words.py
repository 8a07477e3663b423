"""Words for the columns of layers, as people read them in popups, tables and dictionaries."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from layers.spec import Layer

# column -> (name, unit); a column that is not here shows its own name with spaces
COLUMNS: dict[str, tuple[Any, str]] = {
    "accuracy_m": (_("ketelitian"), "m"),
    "age_h": (_("umur"), "jam"),
    "agency": (_("instansi"), ""),
    "approved": (_("disahkan"), ""),
    "area": (_("wilayah"), ""),
    "area_km2": (_("luas"), "km²"),
    "arrives_at": (_("tiba"), ""),
    "at_sea": (_("di laut"), ""),
    "bandwidth_mbps": (_("lebar pita"), "Mbps"),
    "battery_pct": (_("baterai"), "%"),
    "bearing_deg": (_("arah pandang"), "°"),
    "capacity_kg": (_("muatan terbesar"), "kg"),
    "capacity_l": (_("isi penuh"), "liter"),
    "carries_vehicles": (_("memuat kendaraan"), ""),
    "category": (_("kategori"), ""),
    "category_n": (_("banyaknya per kategori"), ""),
    "cause": (_("sebab"), ""),
    "cell": (_("sel"), ""),
    "channel": (_("saluran"), ""),
    "code": (_("kode"), ""),
    "contact_note": (_("catatan kontak"), ""),
    "cost_idr": (_("biaya tahun pertama"), "Rp"),
    "detail": (_("rincian"), ""),
    "direction": (_("arah lalu lintas"), ""),
    "ends_at": (_("berakhir"), ""),
    "expected": (_("yang diharapkan"), ""),
    "expected_last": (_("yang diharapkan pada langkah terakhir"), ""),
    "fill_pct": (_("terisi"), "%"),
    "first_at": (_("yang pertama"), ""),
    "from_pier": (_("dari dermaga"), ""),
    "geom": (_("tempat"), ""),
    "gi_star_z": (_("skor Gi*"), ""),
    "grade": (_("golongan"), ""),
    "held_pct": (_("bagian laporan"), "%"),
    "health": (_("keadaan"), ""),
    "in_use": (_("dipakai"), ""),
    "island": (_("pulau"), ""),
    "kecamatan": (_("kecamatan"), ""),
    "kelurahan": (_("kelurahan"), ""),
    "key": (_("kunci"), ""),
    "keyholder_note": (_("catatan pemegang kunci"), ""),
    "kind": (_("jenis"), ""),
    "label": (_("label"), ""),
    "last_at": (_("yang terakhir"), ""),
    "last_z": (_("skor langkah terakhir"), ""),
    "length_m": (_("panjang"), "m"),
    "level": (_("tingkat bahaya"), ""),
    "load_after_l": (_("muatan sesudahnya"), "liter"),
    "load_l": (_("muatan"), "liter"),
    "load_max_l": (_("muatan terbanyak"), "liter"),
    "m_tests": (_("banyaknya uji"), ""),
    "made_at": (_("dibuat"), ""),
    "marker": (_("titik wakil"), ""),
    "max_speed_kph": (_("kecepatan tertinggi"), "km/jam"),
    "mk_p": (_("p kecenderungan"), ""),
    "mk_z": (_("skor kecenderungan"), ""),
    "n": (_("banyaknya"), ""),
    "n_before": (_("banyaknya sebelumnya"), ""),
    "n_cold": (_("langkah jarang"), ""),
    "n_hot": (_("langkah padat"), ""),
    "n_last": (_("suara pada langkah terakhir"), ""),
    "n_open": (_("belum selesai"), ""),
    "n_reporters": (_("banyaknya pelapor"), ""),
    "name": (_("nama"), ""),
    "name_en": (_("nama Inggris"), ""),
    "nearest_m": (_("titik hidup terdekat"), "m"),
    "number": (_("nomor"), ""),
    "off": (_("titik mati"), ""),
    "offset_kind": (_("pembanding"), ""),
    "origin": (_("asal data"), ""),
    "owner": (_("pemilik"), ""),
    "p": (_("nilai p"), ""),
    "p_adjusted": (_("nilai p terkoreksi"), ""),
    "p_window": (_("nilai p jendela"), ""),
    "pattern": (_("riwayat"), ""),
    "people": (_("penduduk"), ""),
    "people_gained": (_("warga bertambah"), "orang"),
    "people_origin": (_("asal angka penduduk"), ""),
    "period_from": (_("sejak"), ""),
    "period_to": (_("sampai"), ""),
    "postcode": (_("kode pos"), ""),
    "power_hours": (_("listrik per hari"), "jam"),
    "provider": (_("penyedia"), ""),
    "public_state": (_("status"), ""),
    "public_words": (_("kata-kata"), ""),
    "radius_m": (_("jangkauan"), "m"),
    "range_m": (_("jarak pandang"), "m"),
    "rank": (_("urutan"), ""),
    "reason": (_("sebab"), ""),
    "received_at": (_("diterima"), ""),
    "relative_risk": (_("kali lipat dari biasa"), ""),
    "resolution": (_("alasan selesai"), ""),
    "run_number": (_("nomor hitungan"), ""),
    "seen_at": (_("terakhir terlihat"), ""),
    "sensed_at": (_("diukur"), ""),
    "sentence": (_("keterangan"), ""),
    "served": (_("terlayani"), "orang"),
    "share_24h_pct": (_("terlayani 24 jam"), "%"),
    "share_pct": (_("terlayani"), "%"),
    "shift_end": (_("akhir giliran"), ""),
    "shift_start": (_("awal giliran"), ""),
    "shown": (_("tampil"), ""),
    "side": (_("arah"), ""),
    "solar": (_("panel surya"), ""),
    "source": (_("sumber"), ""),
    "stability": (_("kemantapan"), ""),
    "stale": (_("basi"), ""),
    "starts_at": (_("mulai"), ""),
    "state": (_("status"), ""),
    "status": (_("status"), ""),
    "status_since": (_("status sejak"), ""),
    "step_days": (_("panjang langkah"), "hari"),
    "steps": (_("banyaknya langkah"), ""),
    "stream_address": (_("alamat aliran video"), ""),
    "street_class": (_("kelas jalan"), ""),
    "supporters": (_("pendukung"), ""),
    "surface": (_("permukaan"), ""),
    "title": (_("judul"), ""),
    "to_pier": (_("ke dermaga"), ""),
    "trend": (_("kecenderungan"), ""),
    "unit": (_("satuan kerja"), ""),
    "unserved": (_("belum terlayani"), "orang"),
    "urgent": (_("mendesak"), ""),
    "view_deg": (_("lebar pandang"), "°"),
    "walk_m": (_("jarak jalan kaki"), "m"),
    "weekly_km2": (_("laporan per km² per minggu"), ""),
    "width_m": (_("lebar"), "m"),
    "window_n": (_("banyaknya dalam jendela"), ""),
    "within_m": (_("jarak terjauh antarlaporan"), "m"),
    "words": (_("kata-kata"), ""),
    "working": (_("titik hidup"), ""),
}


def column_name(column: str) -> str:
    """The column's name in the reader's language."""
    return str(COLUMNS[column][0]) if column in COLUMNS else column.replace("_", " ")


def column_unit(column: str) -> str:
    """Unit of the column's values, or nothing."""
    return COLUMNS[column][1] if column in COLUMNS else ""


def column_values(layer: Layer, column: str) -> dict[str, str]:
    """Words for the values of a column with a closed list of them."""

    field = next((f for f in layer.model._meta.concrete_fields if f.name == column), None)
    return {
        str(value): gettext(str(word)) for value, word in (getattr(field, "choices", None) or [])
    }
