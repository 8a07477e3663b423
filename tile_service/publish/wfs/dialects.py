"""What differs between the versions of WFS that are spoken: names of elements, frames, formats."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """One version.

    gml_type: media type of GML; stands_for: head of a feature's element in GML; member: element
    around each feature
    """

    version: str
    wfs: str
    gml: str
    ows: str
    gml_type: str
    gml_schema: str
    wfs_schema: str
    member: str
    stands_for: str

    @property
    def older(self) -> bool:
        """True for 1.1.0."""
        return self.version < "2"


NEWER = Dialect(
    version="2.0.0",
    wfs="http://www.opengis.net/wfs/2.0",
    gml="http://www.opengis.net/gml/3.2",
    ows="http://www.opengis.net/ows/1.1",
    gml_type="application/gml+xml; version=3.2",
    gml_schema="http://schemas.opengis.net/gml/3.2.1/gml.xsd",
    wfs_schema="http://schemas.opengis.net/wfs/2.0/wfs.xsd",
    member="wfs:member",
    stands_for="gml:AbstractFeature",
)
OLDER = Dialect(
    version="1.1.0",
    wfs="http://www.opengis.net/wfs",
    gml="http://www.opengis.net/gml",
    ows="http://www.opengis.net/ows",
    gml_type="text/xml; subtype=gml/3.1.1",
    gml_schema="http://schemas.opengis.net/gml/3.1.1/base/gml.xsd",
    wfs_schema="http://schemas.opengis.net/wfs/1.1.0/wfs.xsd",
    member="gml:featureMember",
    stands_for="gml:_Feature",
)
SPOKEN = (NEWER, OLDER)


def spoken(version: str) -> Dialect | None:
    """The dialect of a version; None for one that is not spoken."""
    return next((one for one in SPOKEN if one.version == version), None)


def negotiated(version: str, accepted: str) -> Dialect:
    """The dialect of GetCapabilities: the first accepted one that is spoken, else the nearest."""
    for text in (*accepted.split(","), version):
        if found := spoken(text.strip()):
            return found
    return OLDER if version and version < "2" else NEWER
