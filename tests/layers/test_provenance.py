"""Where data come from is said in both languages of the pages."""

from __future__ import annotations

from layers.geography import city
from layers.provenance import Source, _files, source_of
from layers.registry import all_layers


def test_each_layer_of_the_city_says_source_and_accuracy_in_both_languages():
    told = {layer.slug: source_of(layer, "id") for layer in all_layers() if source_of(layer).source}
    assert len(told) > 10
    for layer in all_layers():
        if layer.slug in told:
            english, indonesian = source_of(layer, "en"), told[layer.slug]
            assert english.licence == indonesian.licence
            assert indonesian.source != english.source
            assert indonesian.accuracy != english.accuracy


def test_every_entry_with_one_indonesian_note_has_both():
    for name, entry in _files(city().folder).items():
        assert ("source_id" in entry) == ("accuracy_id" in entry), name


def test_a_layer_of_which_the_folder_says_nothing_has_no_source():
    bare = next(layer for layer in all_layers() if layer.slug == "incident-clusters")
    assert source_of(bare, "id") == Source()
