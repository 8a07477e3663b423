"""A Django site with one django-vectortiles layer, for the virtual environment of the peers."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

told = json.loads(os.environ["PEER_JOB"])
address = urlsplit(told["database"])
more = {name: values[0] for name, values in parse_qs(address.query).items()}
settings.configure(
    DEBUG=False,
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="only for a measurement on loopback",
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.gis"],
    GDAL_LIBRARY_PATH=told["gdal"] or None,
    DATABASES={
        "default": {
            "ENGINE": "django.contrib.gis.db.backends.postgis",
            "NAME": address.path.lstrip("/"),
            "USER": more.get("user", ""),
            "PASSWORD": more.get("password", ""),
            "HOST": more.get("host", ""),
            "PORT": more.get("port", ""),
            "CONN_MAX_AGE": None,
        }
    },
)

import django  # noqa: E402  (settings come first)

django.setup()

from django.contrib.gis.db import models  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import path  # noqa: E402
from vectortiles import VectorLayer  # noqa: E402
from vectortiles.views import MVTView  # noqa: E402

columns: dict[str, Any] = {name: models.TextField() for name in told["columns"]}


class Meta:
    """The table that is there."""

    app_label = "peer"
    managed = False
    db_table = told["table"]


Row = type(
    "Row", (models.Model,),
    columns | {"geom": models.GeometryField(srid=4326), "Meta": Meta, "__module__": __name__},
)  # fmt: skip


class Layer(VectorLayer):
    """The layer."""

    model = Row
    id = "streets"
    tile_fields = tuple(told["columns"])
    geom_field = "geom"


class Tiles(MVTView):
    """Its tiles."""

    layer_classes = (Layer,)


urlpatterns = [path("<int:z>/<int:x>/<int:y>", Tiles.as_view())]
application = get_wsgi_application()
