"""Run by the system's Python: what QGIS sees of the services, as JSON. Arguments: site, layer."""

from __future__ import annotations

import json
import os
import sys

from qgis.core import QgsApplication, QgsRectangle, QgsVectorLayer, QgsVectorTileLayer

site, slug, west, south, east, north = sys.argv[1:]
QgsApplication.setPrefixPath("/usr", True)
app = QgsApplication([], False)
app.initQgis()
uri = f"url='{site}/ogc' typename='{slug}' pageSize='2' restrictToRequestBBOX='0'"
features = QgsVectorLayer(uri, slug, "OAPIF")
box = QgsRectangle(*(float(part) for part in (west, south, east, north)))
tiles = QgsVectorTileLayer(
    "type=xyz&zmin=0&zmax=16&url="
    + f"{site}/ogc/collections/{slug}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}".replace("&", "%26"),
    slug,
)
told = {
    "features": features.isValid(),
    "count": sum(1 for _ in features.getFeatures()),
    "in_box": sum(1 for _ in features.getFeatures(box)),
    "fields": [field.name() for field in features.fields()],
    "crs": features.crs().authid(),
    "tiles": tiles.isValid(),
}
sys.stdout.write(json.dumps(told) + "\n")
sys.stdout.flush()
os._exit(0)  # QGIS 3.22 falls over when Python takes its layers apart
