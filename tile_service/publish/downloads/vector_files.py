"""GeoPackage, FlatGeobuf and zipped Shapefile, written by GDAL."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import shapely

from layers.geography import STORED_SRID
from tile_service.publish.downloads.table import Column, Kind, Table

if TYPE_CHECKING:  # half a second to load: only when a file is asked for
    import geopandas
    import pandas as pd

DTYPES = {Kind.BOOLEAN: "boolean", Kind.INTEGER: "Int64", Kind.REAL: "Float64"}
DBF_NAME = 10  # characters that a column's name may have in a Shapefile
DBF_TEXT = 254  # bytes that a text may have there


def series(column: Column) -> pd.Series[Any]:
    """A column as pandas holds it; unknown values stay unknown whatever its kind."""
    import pandas as pd

    if column.kind is Kind.MOMENT:
        return pd.Series(pd.to_datetime(column.values, utc=True))
    if column.kind is Kind.DAY:
        return pd.Series(pd.to_datetime(pd.Series(column.values, dtype="object")))
    return pd.Series(column.values, dtype=DTYPES.get(column.kind, "object"))


def frame(table: Table, columns: dict[str, pd.Series[Any]]) -> geopandas.GeoDataFrame:
    """Columns and shapes as one frame in degrees."""
    import geopandas

    shapes = geopandas.GeoSeries(shapely.from_wkb(table.shapes), crs=STORED_SRID)
    return geopandas.GeoDataFrame(columns, geometry=shapes)


def readme(table: Table, *more: str) -> str:
    """What a person should know of the file, as lines of text."""
    lines = [f"{name}: {value}" for name, value in table.about.items() if value != ""]
    return "\n".join(["crs: EPSG:4326", *lines, *more]) + "\n"


def write_frame(*given: Any, **options: Any) -> None:
    """Write a frame with GDAL."""
    import pyogrio

    pyogrio.write_dataframe(*given, **options)


def write_geopackage(table: Table, path: Path) -> None:
    """One layer called like ours; the words about it stand in gpkg_contents and gpkg_metadata."""
    words = {name: str(value) for name, value in table.about.items()}
    write_frame(
        frame(table, {column.name: series(column) for column in table.columns}),
        path,
        layer=table.layer.slug,
        driver="GPKG",
        geometry_type=table.geometry_type,
        layer_options={"IDENTIFIER": table.layer.title, "DESCRIPTION": readme(table)},
        dataset_metadata=words,
        layer_metadata=words,
    )


def write_flatgeobuf(table: Table, path: Path) -> None:
    """A packed, indexed file; the words about it are its description (JSON)."""
    write_frame(
        frame(table, {column.name: series(column) for column in table.columns}),
        path,
        layer=table.layer.slug,
        driver="FlatGeobuf",
        geometry_type=table.geometry_type,
        layer_options={
            "TITLE": table.layer.title,
            "DESCRIPTION": json.dumps(table.about, ensure_ascii=False),
        },
    )


def short_names(names: list[str]) -> dict[str, str]:
    """Names of at most ten characters, no two alike: "description_long" -> "descriptio"."""
    taken: dict[str, str] = {}
    for name in names:
        short, number = name[:DBF_NAME], 1
        while short in taken.values():
            number += 1
            short = f"{name[: DBF_NAME - len(str(number))]}{number}"
        taken[name] = short
    return taken


def for_dbf(column: Column) -> pd.Series[Any]:
    """A column as a DBF table can hold it: moments as text, yes and no as 1 and 0."""
    import pandas as pd

    if column.kind is Kind.MOMENT:
        return pd.Series([v and v.isoformat() for v in column.values], dtype="object")
    if column.kind is Kind.BOOLEAN:
        numbers = [None if value is None else int(value) for value in column.values]
        return pd.Series(numbers, dtype="Int64")
    return series(column)


def cut_texts(table: Table) -> int:
    """Number of texts that a Shapefile will hold in part only."""
    return sum(
        len(value.encode()) > DBF_TEXT
        for column in table.columns
        if column.kind is Kind.TEXT
        for value in column.values
        if value is not None
    )


def write_shapefile(table: Table, path: Path) -> None:
    """A zip of .shp, .shx, .dbf, .prj, .cpg and a README with the columns' full names."""
    names = short_names([column.name for column in table.columns])
    columns = {names[column.name]: for_dbf(column) for column in table.columns}
    slug = table.layer.slug
    with TemporaryDirectory(dir=path.parent) as folder:
        write_frame(
            frame(table, columns),
            Path(folder) / f"{slug}.shp",
            driver="ESRI Shapefile",
            geometry_type=table.geometry_type,
            encoding="UTF-8",
        )
        renamed = [f"{short} = {name}" for name, short in names.items() if short != name]
        words = readme(table, f"texts cut at {DBF_TEXT} bytes: {cut_texts(table)}", *renamed)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("README.txt", words)
            for part in sorted(Path(folder).iterdir()):
                archive.write(part, part.name)
