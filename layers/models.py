"""The tables of the catalog; importing them fills the registry in the order shown to people."""

from layers.catalog.agencies import Agency
from layers.catalog.bin_forecasts import BinEmptying, BinForecast
from layers.catalog.bin_needs import BinNeed
from layers.catalog.bin_readings import BinReading
from layers.catalog.bins import WasteBin
from layers.catalog.categories import Category
from layers.catalog.cctv import CctvCamera
from layers.catalog.city_parts import CityPart
from layers.catalog.closures import ClosedStreet, RoadClosure
from layers.catalog.devices import Device
from layers.catalog.facilities import Facility
from layers.catalog.ferries import FerryDeparture, FerryLine, Pier
from layers.catalog.forwards import Forward
from layers.catalog.hazards import HazardZone
from layers.catalog.heat_contours import HeatContour
from layers.catalog.heat_rasters import HEAT
from layers.catalog.incident_alarms import IncidentAlarm
from layers.catalog.incident_cells import IncidentCell
from layers.catalog.incident_changes import IncidentChange
from layers.catalog.incident_clusters import ClusterEvent, IncidentCluster
from layers.catalog.incident_histories import IncidentHistory
from layers.catalog.places import Island, Kecamatan, Kelurahan
from layers.catalog.population import PopulationCell
from layers.catalog.population_raster import LAYER as POPULATION_GRID
from layers.catalog.rasters import Raster
from layers.catalog.reports.history import ReportHistory, ReportMove, ReportNote
from layers.catalog.reports.layer import LAYER as REPORTS
from layers.catalog.reports.models import Report
from layers.catalog.reports.photos import Photo
from layers.catalog.reports.weekly import WeeklyReport
from layers.catalog.reports.work import (
    Assignment,
    CalendarDay,
    Clock,
    DoubtSignal,
    FollowUp,
    Post,
    Validation,
    Verdict,
)
from layers.catalog.rounds import (
    Round,
    RoundLeg,
    RoundPlan,
    RoundStop,
    StopEvent,
    UnservedStop,
)
from layers.catalog.routing_rules import RoutingRule
from layers.catalog.skills import Skill
from layers.catalog.street_heat import StreetHeat
from layers.catalog.streets import StreetEdge, TurnRestriction
from layers.catalog.suspected_leaks import SuspectedLeak
from layers.catalog.underserved_zones import UnderservedZone
from layers.catalog.vehicles import Vehicle
from layers.catalog.waste_places import WastePlace
from layers.catalog.webhooks import Webhook, WebhookDelivery
from layers.catalog.wifi import WifiHotspot, WifiStatusChange
from layers.catalog.wifi_candidates import WifiCandidate
from layers.catalog.wifi_dropped import DroppedHotspot
from layers.catalog.wifi_health import WifiBeatDay, WifiOutage
from layers.catalog.wifi_proposals import WifiProposal
from layers.catalog.wifi_service import WifiService
from layers.catalog.wifi_signal import WifiSignal
from layers.catalog.work_orders import WorkOrder
from layers.ingest.jobs import ImportJob

__all__ = [
    "HEAT",
    "POPULATION_GRID",
    "REPORTS",
    "Agency",
    "Assignment",
    "BinEmptying",
    "BinForecast",
    "BinNeed",
    "BinReading",
    "CalendarDay",
    "Category",
    "CctvCamera",
    "CityPart",
    "Clock",
    "ClosedStreet",
    "ClusterEvent",
    "Device",
    "DoubtSignal",
    "DroppedHotspot",
    "Facility",
    "FerryDeparture",
    "FerryLine",
    "FollowUp",
    "Forward",
    "HazardZone",
    "HeatContour",
    "ImportJob",
    "IncidentAlarm",
    "IncidentCell",
    "IncidentChange",
    "IncidentCluster",
    "IncidentHistory",
    "Island",
    "Kecamatan",
    "Kelurahan",
    "Photo",
    "Pier",
    "PopulationCell",
    "Post",
    "Raster",
    "Report",
    "ReportHistory",
    "ReportMove",
    "ReportNote",
    "RoadClosure",
    "Round",
    "RoundLeg",
    "RoundPlan",
    "RoundStop",
    "RoutingRule",
    "Skill",
    "StopEvent",
    "StreetEdge",
    "StreetHeat",
    "SuspectedLeak",
    "TurnRestriction",
    "UnderservedZone",
    "UnservedStop",
    "Validation",
    "Vehicle",
    "Verdict",
    "WasteBin",
    "WastePlace",
    "Webhook",
    "WebhookDelivery",
    "WeeklyReport",
    "WifiBeatDay",
    "WifiCandidate",
    "WifiHotspot",
    "WifiOutage",
    "WifiProposal",
    "WifiService",
    "WifiSignal",
    "WifiStatusChange",
    "WorkOrder",
]
