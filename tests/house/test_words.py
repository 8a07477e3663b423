"""People read words: every column of every layer has one."""

from __future__ import annotations

import pytest

from layers.column_words import COLUMNS
from layers.registry import all_layers


@pytest.mark.parametrize("layer", all_layers(), ids=lambda layer: layer.slug)
def test_every_column_that_leaves_the_house_has_a_name_for_people(layer):
    nameless = {*layer.public_fields, *layer.staff_fields} - set(COLUMNS)
    assert nameless == set()
