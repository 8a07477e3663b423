"""Drawn pictures for sample reports: no real photo, and it says so in the picture."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFilter

from layers.catalog.reports import photos
from layers.catalog.reports.models import Report
from layers.catalog.reports.pixels import of_own

SIZE = (640, 480)
HEAP = {
    "sampah": ("#5d6d3a", "#8a5a44", "#d8d8d0", "#3b4a6b", "#b8a23c"),
    "infrastruktur-rusak": ("#4a4a4a", "#333333", "#6b6b6b"),
    "air-bersih": ("#5b88a8", "#3f6f92", "#9cc0d6"),
    "bencana-alam": ("#7a5b3d", "#5c4630", "#93785a"),
}
OTHERWISE = ("#7d7461", "#5b6b7a", "#a08c6b")


def draw(seed: int, category: str) -> Image.Image:
    """A made-up street scene; equal seeds give equal pixels."""
    dice = random.Random(seed)  # noqa: S311  (a picture, not a secret)
    wide, tall = SIZE
    sky = dice.choice(("#cfe0ea", "#b9cbd6", "#e6ddca"))
    image = Image.new("RGB", SIZE, sky)
    pen = ImageDraw.Draw(image)
    horizon = dice.randint(150, 230)
    crown = [(0, horizon)] + [
        (x, horizon - dice.randint(5, 120)) for x in range(0, wide + 1, dice.randint(60, 110))
    ]
    pen.polygon([*crown, (wide, horizon)], fill=dice.choice(("#5f7a5a", "#6c8a6a", "#4f6b57")))
    pen.rectangle((0, horizon, wide, tall), fill=dice.choice(("#9a948a", "#8b8579", "#b0a793")))
    for _ in range(dice.randint(2, 5)):
        left, top = dice.randint(-60, wide), horizon - dice.randint(30, 110)
        house = dice.choice(("#d9c7a8", "#c98f6b", "#e8e2d4", "#9fb2b8"))
        pen.rectangle((left, top, left + dice.randint(60, 160), horizon + 12), fill=house)
    middle = (dice.randint(180, 460), dice.randint(horizon + 90, tall - 60))
    for _ in range(dice.randint(30, 70)):
        x, y = (
            int(dice.gauss(centre, spread)) for centre, spread in zip(middle, (80, 32), strict=True)
        )
        size, colour = dice.randint(8, 46), dice.choice(HEAP.get(category, OTHERWISE))
        pen.ellipse((x, y, x + size, y + int(size * dice.uniform(0.4, 1))), fill=colour)
    image = image.filter(ImageFilter.GaussianBlur(1.2))
    ImageDraw.Draw(image).text((12, tall - 24), "CONTOH SINTETIS", fill="#ffffff")
    return image


def attach_samples(rows: Sequence[tuple[Report, int | None]], *, most: int) -> int:
    """Draw and attach pictures for the newest `most` rows that have a seed; returns how many."""
    wanted = [(report, seed) for report, seed in rows if seed is not None]
    wanted.sort(key=lambda row: row[0].received_at, reverse=True)
    for report, seed in wanted[:most]:
        made = of_own(draw(seed, report.category_id))
        sent = hashlib.sha256(made.picture).hexdigest()
        photo = photos.keep(report, made, sent=sent, at=report.received_at)
        if report.published_at:
            photo.published_at = report.published_at
            photo.save(update_fields=["published_at"])
    return min(most, len(wanted))
