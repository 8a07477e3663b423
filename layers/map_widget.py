"""The administrators' map: a geometry field drawn and edited on the city's own base map."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.gis.forms.widgets import BaseGeometryWidget
from django.contrib.gis.gdal import GDALException
from django.forms.widgets import Script

from layers.geography import STORED_SRID, city


class MapWidget(BaseGeometryWidget):
    """GeoJSON in a text area, and a map beside it that writes there; nothing comes from outside.

    Without a script the text area stays: the same field, by keyboard.
    """

    template_name = "admin/map_widget.html"
    map_srid = STORED_SRID

    @property
    def media(self) -> forms.Media:
        """The map's style and its one module."""
        css = (
            "vendor/maplibre-gl/maplibre-gl.css", "platform/tokens.css", "platform/map.css",
            "platform/admin.css",
        )  # fmt: skip
        scripts: Any = (Script("platform/admin_map.mjs", type="module"),)
        return forms.Media(css={"all": css}, js=scripts)

    def serialize(self, value: Any) -> str:
        """GeoJSON of a geometry, or nothing."""
        return value.json if value else ""

    def deserialize(self, value: Any) -> Any:
        """A geometry, or None for text that is none: the form then says so."""
        try:
            return super().deserialize(value)
        except GDALException:
            return None

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add the city's centre, where an empty map starts."""
        context = super().get_context(name, value, attrs)
        lon, lat = city().centre
        return context | {"centre": f"{lon},{lat}"}
