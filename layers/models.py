"""The tables of the catalog; importing them fills the registry in the order shown to people."""

from layers.catalog.agencies import Agency
from layers.catalog.bins import WasteBin
from layers.catalog.cctv import CctvCamera
from layers.catalog.facilities import Facility
from layers.catalog.ferries import FerryDeparture, FerryLine, Pier
from layers.catalog.hazards import HazardZone
from layers.catalog.places import Island, Kecamatan, Kelurahan
from layers.catalog.population import PopulationCell
from layers.catalog.streets import StreetEdge
from layers.catalog.waste_places import WastePlace
from layers.catalog.wifi import WifiHotspot, WifiStatusChange

__all__ = [
    "Agency",
    "CctvCamera",
    "Facility",
    "FerryDeparture",
    "FerryLine",
    "HazardZone",
    "Island",
    "Kecamatan",
    "Kelurahan",
    "Pier",
    "PopulationCell",
    "StreetEdge",
    "WasteBin",
    "WastePlace",
    "WifiHotspot",
    "WifiStatusChange",
]
