"""Django app: what can be worked out."""

from __future__ import annotations

from django.apps import AppConfig


class SpatialAnalysisConfig(AppConfig):
    """What can be worked out."""

    name = "spatial_analysis"
    verbose_name = "Analisis"
