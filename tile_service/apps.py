"""Django app: how it reaches a map."""

from django.apps import AppConfig


class TileServiceConfig(AppConfig):
    """How it reaches a map."""

    name = "tile_service"
    verbose_name = "Ubin"
