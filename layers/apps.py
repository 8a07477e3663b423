"""Django app of the city's facts."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LayersConfig(AppConfig):
    """What the city knows."""

    name = "layers"
    verbose_name = "Lapisan"

    def ready(self) -> None:
        """Load the checks; models import the catalog, which fills the registry."""
        from layers import checks  # noqa: F401
        from layers.catalog.reports import reference

        post_migrate.connect(reference.fill, sender=self)
