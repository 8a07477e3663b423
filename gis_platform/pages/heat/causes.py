"""What a cluster may come from, as sentences in the reader's language."""

from __future__ import annotations

from datetime import date

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from layers.catalog.incident_clusters import IncidentCluster
from spatial_analysis.studies.cluster_cause import Reason, causes_of


def causes(cluster: IncidentCluster, *, open_words: bool) -> list[str]:
    """Sentences, the likeliest cause first; empty when nothing stands out."""
    return [_sentence(reason) for reason in causes_of(cluster, open_words=open_words)]


def _sentence(reason: Reason) -> str:
    told = dict(reason.figures)
    match reason.kind:
        case "full_bin":
            return _("Bak sampah %(name)s, %(m)s m dari situ, terisi %(pct)s %%.") % told
        case "no_bin":
            return _("Tidak ada bak sampah dalam %(m)s m.") % told
        case "leak":
            return _("Pipa: %(k)s dari %(n)s laporan tentang air.") % told
        case "hazard":
            return _("Terletak di kawasan rawan: %(name)s.") % told
        case "place":
            return _("Dekat %(name)s (%(m)s m).") % told
        case "burst":
            told["since"] = date_format(date.fromisoformat(told["since"]), "j F Y")
            return (
                _("Satu kejadian: %(k)s dari %(n)s laporan dalam dua hari sejak %(since)s.") % told
            )
        case "weekday":
            told["day"] = WEEKDAYS[told["day"]]
            return _("Berulang: %(k)s dari %(n)s laporan pada hari %(day)s.") % told
        case "one_voice":
            return _("Satu pelapor mengirim %(k)s dari %(n)s laporan.") % told
        case _:
            return _("Sering disebut di sini dan jarang di tempat lain: %(words)s.") % told
