"""Django app: what can be worked out."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from django.apps import AppConfig


class SpatialAnalysisConfig(AppConfig):
    """What can be worked out."""

    name = "spatial_analysis"
    verbose_name = "Analisis"

    def ready(self) -> None:
        """Load every study; each registers itself."""
        from spatial_analysis import studies

        for module in iter_modules(studies.__path__):
            import_module(f"{studies.__name__}.{module.name}")
