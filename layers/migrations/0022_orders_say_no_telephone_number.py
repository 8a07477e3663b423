"""Orders made before their words were those for the public lose telephone numbers, addresses too."""

from django.db import migrations

from layers.catalog.reports.wording import for_public

MOST, MOST_OF_LABEL, MOST_OF_NAME = 300, 160, 120  # characters: order, stop, end of a leg
AT_ONCE = 500
SUSPECT = r"@|[0-9]"  # without either, for_public changes nothing


def clean_words(words, reports):
    """An order's words as they are made today, from its only report where they were copied whole."""
    if len(reports) == 1 and words == reports[0].public_words[:MOST]:
        return words  # somebody looked at them
    if len(reports) == 1 and words == reports[0].words[:MOST]:
        return (reports[0].public_words or for_public(reports[0].words))[:MOST]
    return for_public(words)


def clean(apps, schema_editor):
    """Orders, then the stops and legs of rounds that took their names from them."""
    order_rows = apps.get_model("layers", "WorkOrder").objects
    new_words = {}
    lot = []
    suspects = order_rows.filter(words__regex=SUSPECT).prefetch_related("reports").order_by("pk")
    for order in suspects.iterator(chunk_size=AT_ONCE):
        words = clean_words(order.words, list(order.reports.all()))
        if words == order.words:
            continue
        new_words[str(order.pk)] = (order.words, words)
        order.words = words
        lot.append(order)
        if len(lot) == AT_ONCE:
            order_rows.bulk_update(lot, ["words"])
            lot = []
    order_rows.bulk_update(lot, ["words"])
    stop_rows = apps.get_model("layers", "RoundStop").objects
    legs = apps.get_model("layers", "RoundLeg").objects
    for round_id, names in clean_labels(stop_rows, new_words).items():
        for old, new in names.items():
            legs.filter(round_id=round_id, start_name=old).update(start_name=new)
            legs.filter(round_id=round_id, end_name=old).update(end_name=new)
    clean_labels(apps.get_model("layers", "UnservedStop").objects, new_words)


def clean_labels(stop_rows, new_words):
    """Labels of stops at work orders, cut from the new words where they were cut from the old.

    Returns what the legs of a round call such a stop: {round: {old name: new name}}.
    """
    lot, names = [], {}
    suspects = stop_rows.filter(kind="work", label__regex=SUSPECT).order_by("pk")
    for stop in suspects.iterator(chunk_size=AT_ONCE):
        was, (old, new) = stop.label, new_words.get(stop.code, ("", ""))
        if old and was == old[:MOST_OF_LABEL]:
            stop.label = new[:MOST_OF_LABEL]
        else:  # its order is gone or has other words by now
            stop.label = for_public(was)
        if stop.label != was:
            lot.append(stop)
            told = names.setdefault(getattr(stop, "round_id", None), {})
            told[was[:MOST_OF_NAME]] = stop.label[:MOST_OF_NAME]
    stop_rows.bulk_update(lot, ["label"], batch_size=AT_ONCE)
    return names


class Migration(migrations.Migration):
    """Numbers are not kept anywhere, so there is no way back: the reverse leaves words as they are."""

    dependencies = [("layers", "0021_skills")]
    operations = [migrations.RunPython(clean, migrations.RunPython.noop)]
