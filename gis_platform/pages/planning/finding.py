"""The run that an address of the planner's page names."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from layers.errors import NotFound
from layers.gate.whole import whole
from spatial_analysis.models import Run, RunState

STUDY = "wifi_placement"


def asked(number: str | None) -> Run | None:
    """The run of `?hitung=`, whatever its state; None when none is named. Raises NotFound."""
    if not number:
        return None
    run = Run.objects.filter(study=STUDY, pk=whole(number)).first()
    if run is None:
        raise NotFound
    return run


def known(number: int) -> Run:
    """A finished placement. Raises NotFound."""
    run = Run.objects.filter(study=STUDY, state=RunState.DONE, pk=number).first()
    if run is None:
        raise NotFound
    return run


def address(run: Run | None) -> str:
    """The page that shows `run`."""
    query = "?" + urlencode({"hitung": run.pk}) if run else ""
    return reverse("rencana-wifi") + query
