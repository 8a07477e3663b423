"""An answer's heat as a picture for reports: map, scale, legend, method and source on one PNG."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw, ImageFont

from gis_platform.pages.heat import map_data
from gis_platform.pages.heat.answers import category_names, seen
from layers.catalog.places import Island
from layers.catalog.rasters import Raster
from layers.errors import NotFound
from layers.geography import city
from spatial_analysis.frames import in_metres
from spatial_analysis.models import Run
from spatial_analysis.studies.incident_said import period

WIDE_PX, TALL_PX, SIDE_PX = 1600, 1200, 440
SEA, LAND, INK, MUTED, COAST = "#dfeaf0", "#f4f1ea", "#16202a", "#5b6b7a", "#8a8f86"
AREAS = {25: "#7f2704", 50: "#d94801", 75: "#fd8d3c"}
MARGIN_M = 400.0
NICE_M = (200, 500, 1000, 2000, 5000, 10000)


@require_safe
def picture(request: HttpRequest, run: int) -> HttpResponse:
    """The heat of an answer on its busiest island (or `?pulau=`), as a file to put in a report."""
    found = seen(request, run, "incident_heat")
    drawn = draw(found, request.GET.get("pulau", "") or found.summary.get("island", ""))
    file = io.BytesIO()
    drawn.save(file, "PNG", optimize=True)
    name = f"panas-{found.summary['first']}-{found.summary['last']}-{found.pk}.png"
    answer = HttpResponse(file.getvalue(), content_type="image/png")
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    answer["Cache-Control"] = "private, no-cache"
    return answer


def draw(run: Run, island: str) -> Image.Image:
    """The picture. Raises NotFound (no such island, or the raster is gone)."""
    import rasterio
    from rasterio.windows import from_bounds

    row = Raster.objects.filter(code=run.summary["raster"]).first()
    path = Path(settings.RASTER_DIR) / row.path if row else None
    if row is None or path is None or not path.exists():
        raise NotFound
    land = _land(run, island)
    view = _view(land.bounds)
    with rasterio.open(path, driver="GTiff") as file:
        cells = file.read(
            1, window=from_bounds(*view, transform=file.transform), boundless=True,
            fill_value=np.nan, out_shape=(TALL_PX, WIDE_PX - SIDE_PX),
            resampling=rasterio.enums.Resampling.bilinear,
        )  # fmt: skip
    paper = Image.new("RGB", (WIDE_PX, TALL_PX), "#ffffff")
    paper.paste(_map(run, land, view, cells, row.stops))
    _side(ImageDraw.Draw(paper), run, row.stops)
    return paper


def _land(run: Run, island: str) -> shapely.Geometry:
    """Land in metres of the island asked for, else of the one with most reports."""
    rows = Island.objects.filter(code=island) if island else Island.objects.all()
    if not island:
        cells = map_data.cells_of(run).values_list("island", "n")
        counts: dict[str, int] = {}
        for name, n in cells:
            counts[name] = counts.get(name, 0) + n
        rows = rows.filter(name=max(counts, key=lambda name: counts[name])) if counts else rows
    shapes, _columns = in_metres(rows, "code")
    if not len(shapes):
        raise NotFound
    return shapes[0]


def _view(bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """West, south, east, north in metres: the bounds, widened to the shape of the map."""
    west, south, east, north = bounds
    wide, tall = east - west + 2 * MARGIN_M, north - south + 2 * MARGIN_M
    shape = (WIDE_PX - SIDE_PX) / TALL_PX
    wide, tall = max(wide, tall * shape), max(tall, wide / shape)
    x, y = (west + east) / 2, (south + north) / 2
    return x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2


def _map(
    run: Run, land: shapely.Geometry, view: tuple[float, float, float, float],
    cells: NDArray[np.float32], stops: list[list[Any]],
) -> Image.Image:  # fmt: skip
    west, _south, east, north = view
    scale = (WIDE_PX - SIDE_PX) / (east - west)

    def pixels(coords: NDArray[np.float64]) -> list[tuple[float, float]]:
        return [((x - west) * scale, (north - y) * scale) for x, y in coords]

    ground = Image.new("RGB", (WIDE_PX - SIDE_PX, TALL_PX), SEA)
    pen = ImageDraw.Draw(ground)
    rings = [part.exterior for part in shapely.get_parts(land)]
    for ring in rings:
        pen.polygon(pixels(shapely.get_coordinates(ring)), fill=LAND)
    warm = Image.fromarray(coloured(cells, stops), "RGBA")
    ground.paste(warm, mask=warm.getchannel("A"))
    for ring in rings:
        pen.line(pixels(shapely.get_coordinates(ring)), fill=COAST, width=2)
    shapes, columns = in_metres(map_data.contours_of(run), "held_pct")
    for shape, (pct,) in zip(shapes, columns, strict=True):
        for part in shapely.get_parts(shape):
            pen.line(pixels(shapely.get_coordinates(part.exterior)), fill=AREAS[pct], width=3)
    _scale_and_north(pen, scale)
    return ground


def coloured(cells: NDArray[np.float32], stops: list[list[Any]]) -> NDArray[np.uint8]:
    """Values (rows, columns) as colours (rows, columns, 4) by stops; NaN is clear."""
    at = np.array([float(stop[0]) for stop in stops])
    paint = np.array([ImageColor.getcolor(stop[1], "RGBA") for stop in stops], dtype=np.float64)
    known = np.isfinite(cells)
    flat = np.where(known, cells, at[0])
    mixed = np.stack([np.interp(flat, at, paint[:, band]) for band in range(4)], axis=-1)
    mixed[..., 3] *= known
    return np.rint(mixed).astype(np.uint8)


def _scale_and_north(pen: ImageDraw.ImageDraw, scale: float) -> None:
    length = next((m for m in NICE_M if m * scale >= 140), NICE_M[-1])
    x, y = 40, TALL_PX - 40
    pen.line([(x, y - 10), (x, y), (x + length * scale, y), (x + length * scale, y - 10)],
             fill=INK, width=3)  # fmt: skip
    told = f"{length} m" if length < 1000 else f"{length // 1000} km"
    pen.text((x, y - 42), told, fill=INK, font=_font(26))
    top = 60
    pen.polygon([(60, top - 30), (48, top + 10), (60, top), (72, top + 10)], fill=INK)
    pen.text((60, top + 16), "U" if _north_is_u() else "N", fill=INK, font=_font(24), anchor="ma")


def _north_is_u() -> bool:
    return _("Utara").startswith("U")


def _font(size: int) -> Any:  # Any: Pillow names two classes
    return ImageFont.load_default(size=size)


def _side(pen: ImageDraw.ImageDraw, run: Run, stops: list[list[Any]]) -> None:
    """Title, legend, method, source."""
    summary, x, y = run.summary, WIDE_PX - SIDE_PX + 30, 40
    kind = category_names().get(summary["category"], _("semua yang tempatnya terbuka"))
    y = _lines(pen, x, y, _("Panas laporan"), 36, INK)
    y = _lines(pen, x, y + 4, f"{city().name}: {kind}", 25, INK)
    y = _lines(pen, x, y + 4, period(summary), 23, INK) + 16
    y = _ramp(pen, x, y, stops) + 8
    y = _lines(pen, x, y, _("laporan per km² per minggu - kepadatan, bukan bukti"), 21, MUTED) + 14
    for pct, colour in AREAS.items():
        pen.line([(x, y + 13), (x + 44, y + 13)], fill=colour, width=4)
        y = _lines(pen, x + 58, y, _("%(pct)s %% laporan di dalamnya") % {"pct": pct}, 21, INK)
    said = (
        ngettext("n = %(n)s laporan", "n = %(n)s laporan", summary["n"])
        % {"n": number_format(summary["n"], force_grouping=True)},
        *_set_aside(summary),
        _("Inti Gauss, sigma %(m)s m; koreksi pantai Diggle; tiap pulau sendiri")
        % {"m": f"{summary['sigma_m']:g}"},
        _("Perhitungan %(number)s, jejak %(digest)s, %(date)s")
        % {"number": run.pk, "digest": run.digest[:12],
           "date": date_format(run.finished_at or run.asked_at, "j F Y H.i")},
        _("Sumber: laporan warga; batas pulau dari data kota"),
    )  # fmt: skip
    y += 16
    for line in said:
        y = _lines(pen, x, y, line, 20, MUTED) + 6


def _set_aside(summary: dict[str, Any]) -> list[str]:
    """A line about default addresses, where there are any."""
    if summary.get("piles_kept"):
        return [_("Alamat baku ikut dihitung")]
    n = summary.get("stacked", 0)
    if not n:
        return []
    line = ngettext(
        "%(n)s laporan di alamat baku disisihkan", "%(n)s laporan di alamat baku disisihkan", n
    )
    return [line % {"n": number_format(n, force_grouping=True)}]


def _ramp(pen: ImageDraw.ImageDraw, x: int, y: int, stops: list[list[Any]]) -> int:
    top, wide = float(stops[-1][0]), SIDE_PX - 60
    values = np.linspace(0, top, wide, dtype=np.float32)[None]
    for at, colour in enumerate(coloured(values, stops)[0]):
        share = colour[3] / 255
        mixed = tuple(int(share * c + (1 - share) * 244) for c in colour[:3])
        pen.line([(x + at, y), (x + at, y + 22)], fill=mixed)
    pen.rectangle([x, y, x + wide, y + 22], outline=MUTED)
    for share in (0, 0.5, 1):
        told = number_format(top * share, decimal_pos=1 if share else 0)
        anchor = {0: "la", 0.5: "ma", 1: "ra"}[share]
        pen.text((x + wide * share, y + 28), told, fill=INK, font=_font(20), anchor=anchor)
    return y + 56


def _lines(pen: ImageDraw.ImageDraw, x: int, y: int, text: str, size: int, colour: str) -> int:
    """Write words in as many lines as they need; answers where the next one goes."""
    font, line = _font(size), ""
    most = WIDE_PX - 24 - x
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and pen.textlength(longer, font=font) > most:
            pen.text((x, y), line, fill=colour, font=font)
            y, longer = y + int(size * 1.35), word
        line = longer
    pen.text((x, y), line, fill=colour, font=font)
    return y + int(size * 1.35)
