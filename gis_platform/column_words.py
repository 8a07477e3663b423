"""Words for the columns of layers, as people read them in popups, tables and dictionaries."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from layers.spec import Layer

# column -> (name, unit); a column that is not here shows its own name with spaces
COLUMNS: dict[str, tuple[Any, str]] = {
    "age_h": (_("umur"), "jam"),
    "approved": (_("disahkan"), ""),
    "bandwidth_mbps": (_("lebar pita"), "Mbps"),
    "battery_pct": (_("baterai"), "%"),
    "bearing_deg": (_("arah pandang"), "°"),
    "capacity_l": (_("isi penuh"), "liter"),
    "carries_vehicles": (_("memuat kendaraan"), ""),
    "category": (_("kategori"), ""),
    "code": (_("kode"), ""),
    "cost_idr": (_("biaya tahun pertama"), "Rp"),
    "direction": (_("arah lalu lintas"), ""),
    "fill_pct": (_("terisi"), "%"),
    "health": (_("keadaan"), ""),
    "island": (_("pulau"), ""),
    "kecamatan": (_("kecamatan"), ""),
    "kelurahan": (_("kelurahan"), ""),
    "kind": (_("jenis"), ""),
    "label": (_("label"), ""),
    "level": (_("tingkat bahaya"), ""),
    "n": (_("banyaknya"), ""),
    "name": (_("nama"), ""),
    "nearest_m": (_("titik hidup terdekat"), "m"),
    "off": (_("titik mati"), ""),
    "origin": (_("asal data"), ""),
    "owner": (_("pemilik"), ""),
    "people": (_("penduduk"), ""),
    "people_gained": (_("warga bertambah"), "orang"),
    "power_hours": (_("listrik per hari"), "jam"),
    "provider": (_("penyedia"), ""),
    "radius_m": (_("jangkauan"), "m"),
    "range_m": (_("jarak pandang"), "m"),
    "rank": (_("urutan"), ""),
    "reason": (_("sebab"), ""),
    "received_at": (_("diterima"), ""),
    "sensed_at": (_("diukur"), ""),
    "sentence": (_("keterangan"), ""),
    "served": (_("terlayani"), "orang"),
    "share_24h_pct": (_("terlayani 24 jam"), "%"),
    "share_pct": (_("terlayani"), "%"),
    "solar": (_("panel surya"), ""),
    "source": (_("sumber"), ""),
    "state": (_("status"), ""),
    "status": (_("status"), ""),
    "status_since": (_("status sejak"), ""),
    "street_class": (_("kelas jalan"), ""),
    "unserved": (_("belum terlayani"), "orang"),
    "view_deg": (_("lebar pandang"), "°"),
    "walk_m": (_("jarak jalan kaki"), "m"),
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
