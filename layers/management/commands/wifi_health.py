"""Wifi hotspots whose devices fell silent become unknown; uptime shown on maps is counted anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from layers.catalog import wifi_health, wifi_uptime


class Command(BaseCommand):
    """`manage.py wifi_health`: for a timer, every few minutes; changes only what changed."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Do both, and say how many changed."""
        now = timezone.now()
        silent, counted = wifi_health.mark_silent(now), wifi_uptime.refresh_shown(now)
        self.stdout.write(f"{silent} hotspots fell silent, {counted} uptimes changed")
