"""What QGIS makes of the services, as JSON; run by the system's Python, which holds QGIS.

python3 qgis_client.py SITE LAYER,LAYER...
"""

from __future__ import annotations

import json
import sys
import urllib.request
from typing import Any
from urllib.parse import quote

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsProject,
    QgsRaster,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileLayer,
)

SIDE = 200
KNOWN = QgsCoordinateReferenceSystem


def features(site: str, slug: str) -> dict[str, Any]:
    """Number and extent of a WFS layer's features."""
    source = (
        f" pagingEnabled='true' srsname='EPSG:4326' typename='kota:{slug}'"
        f" url='{site}/wfs' version='2.0.0'"
    )
    layer = QgsVectorLayer(source, slug, "WFS")
    count = sum(1 for _ in layer.getFeatures()) if layer.isValid() else None
    box = layer.extent()
    sides = [box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()]
    return {"count": count, "sides": sides}


def collection(site: str, slug: str) -> int | None:
    """Number of features over OGC API."""
    layer = QgsVectorLayer(f" url='{site}/ogc' typename='{slug}'", slug, "OAPIF")
    return sum(1 for _ in layer.getFeatures()) if layer.isValid() else None


def picture(source: str, crs: str, sides: list[float]) -> dict[str, Any]:
    """Colours of a WMS or WMTS layer over a box in degrees, and what its middle pixel tells."""
    layer = QgsRasterLayer(source, "picture", "wms")
    if not layer.isValid():
        return {"colours": 0, "told": ""}
    turn = QgsCoordinateTransform(KNOWN("EPSG:4326"), KNOWN(crs), QgsProject.instance())
    box = turn.transformBoundingBox(QgsRectangle(*sides))
    provider = layer.dataProvider()
    block = provider.block(1, box, SIDE, SIDE)
    colours = {block.color(i, j) for i in range(0, SIDE, 2) for j in range(0, SIDE, 2)}
    found = provider.identify(box.center(), QgsRaster.IdentifyFormatHtml, box, SIDE, SIDE)
    return {"colours": len(colours), "told": str(found.results())[:2000]}


def vector_tiles(site: str, slug: str) -> dict[str, Any]:
    """Whether the plain tile address and the style with its sprite are understood."""
    with urllib.request.urlopen(f"{site}/tiles/{slug}.json") as answer:
        told = json.load(answer)
    source = (
        f"type=xyz&url={quote(told['tiles'][0], safe='')}&zmin={told['minzoom']}"
        f"&zmax={told['maxzoom']}&styleUrl={quote(f'{site}/styles/{slug}.json', safe='')}"
    )
    layer = QgsVectorTileLayer(source, slug)
    loaded = layer.loadDefaultStyle()
    return {"valid": layer.isValid(), "styled": bool(loaded[1] if len(loaded) > 1 else loaded)}


def main(site: str, slugs: list[str], sides: list[float]) -> dict[str, Any]:
    """Everything that is asked, by name."""
    stem = "dpiMode=7&format=image/png&layers=wifi-hotspots"
    wmts = quote(f"{site}/wmts?SERVICE=WMTS&REQUEST=GetCapabilities", safe="")
    grid = f"tileMatrixSet=WebMercatorQuad&styles=default&crs=EPSG:3857&url={wmts}"
    return {
        "wfs": {slug: features(site, slug) for slug in slugs},
        "ogc": {slug: collection(site, slug) for slug in slugs},
        "wms": {
            crs: picture(f"{stem}&styles=&crs={crs}&url={site}/wms", crs, sides)
            for crs in ("EPSG:4326", "EPSG:3857")
        },
        "wmts": picture(f"{stem}&{grid}", "EPSG:3857", sides),
        "tiles": vector_tiles(site, "wifi-hotspots"),
    }


if __name__ == "__main__":
    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], False)
    application.initQgis()
    answers = main(sys.argv[1], sys.argv[2].split(","), json.loads(sys.argv[3]))
    sys.stdout.write("\n" + json.dumps(answers) + "\n")
    sys.stdout.flush()
    application.exitQgis()
