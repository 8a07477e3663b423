"""Django app of the city's facts."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate, post_save
from django.utils.translation import gettext_lazy


class LayersConfig(AppConfig):
    """What the city knows."""

    name = "layers"
    verbose_name = gettext_lazy("Lapisan kota")

    def ready(self) -> None:
        """Load the checks; models import the catalog, which fills the registry."""
        from layers import checks  # noqa: F401
        from layers.catalog.categories import Category
        from layers.catalog.reports import public_places, reference

        post_save.connect(public_places.on_category_saved, sender=Category)
        post_migrate.connect(reference.fill, sender=self)
