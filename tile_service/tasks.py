"""Heavy work of the map's side, done by the worker from the database."""

from __future__ import annotations

from django_tasks import task

from layers import registry
from tile_service.models import PreparedFile
from tile_service.publish.downloads import files


@task()
def make_file(file_id: int) -> str:
    """Make the prepared file `file_id`; returns its state."""
    file = PreparedFile.objects.get(pk=file_id)
    return str(files.make(file, registry.get(file.slug)).state)
