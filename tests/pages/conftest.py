"""Who sits before the pages under test."""

from __future__ import annotations

import pytest
from django.test import Client

from spatial_analysis.study import ask, perform
from tests.spatial_analysis import toy_city


@pytest.fixture
def planner(client_of) -> Client:
    """A planner before the toy city, its coverage counted."""
    toy_city.build()
    perform(ask("underserved_zones", {"walk_m": 250}))
    return client_of("planner")
