"""The requirements of every OGC class that we claim, one test each, named by its identifier."""

from __future__ import annotations

import re

import pytest

from tests.tile_service import (
    ogc_features_requirements,
    ogc_filter_requirements,
    ogc_tiles_requirements,
)
from tests.tile_service.ogc_asking import HELD
from tile_service.serve.ogc_documents import CONFORMS_TO, SPEC

pytestmark = pytest.mark.django_db
READ = (ogc_features_requirements, ogc_filter_requirements, ogc_tiles_requirements)


@pytest.mark.parametrize("identifier", sorted(HELD))
def test_requirement(server, identifier):
    HELD[identifier](server)


def test_every_class_that_we_claim_has_requirements_here():
    tested = {re.sub(r"/req/([^/]+)/.*", r"/conf/\1", name) for name in HELD}
    for uri in CONFORMS_TO:
        name = uri.removeprefix(f"{SPEC}/").replace("/1.0/conf/", "/conf/")
        aliases = {
            "ogcapi-common-1/conf/core", "ogcapi-tiles-1/conf/dataset-tilesets",
        }  # fmt: skip
        assert name in tested | aliases, name
