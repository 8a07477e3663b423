"""Django app: what can be worked out."""

from django.apps import AppConfig


class SpatialAnalysisConfig(AppConfig):
    """What can be worked out."""

    name = "spatial_analysis"
    verbose_name = "Analisis"
