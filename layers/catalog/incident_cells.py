"""Cells of a hex lattice: where reports lie closer or sparser than chance explains."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.gis.db import models
from django.db import transaction

from layers.access import DESK
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.rows_changed import change_rows
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme, TimeField

KEPT_QUESTIONS = 30  # older answers can be had again: same question, same answer


class Grade(models.TextChoices):
    """What may be said of a cell, hot ones by strength of proof."""

    HOT_3 = "hot3", "sangat padat (p < 0,001)"
    HOT_2 = "hot2", "padat sekali (p < 0,01)"
    HOT_1 = "hot1", "padat (p < 0,05)"
    COLD = "cold", "jarang (p < 0,05)"
    NONE = "none", "tidak nyata"
    TOO_FEW = "few", "terlalu sedikit"


class OffsetKind(models.TextChoices):
    """What the reports are measured against."""

    PEOPLE = "people", "penduduk"
    REPORTS = "reports", "semua laporan"
    BEFORE = "before", "periode sebelumnya"
    LAND = "land", "luas daratan"


class AnswerRows(models.QuerySet):
    """Reads of result rows: each belongs to a question (its parameters) and a run."""

    def standing(self) -> AnswerRows:
        """Rows of the newest answer to the question nobody narrowed: the layer as shown."""
        return self.filter(standing=True)

    def of_run(self, number: int) -> AnswerRows:
        """Rows that a run wrote."""
        return self.filter(run_number=number)


class AnswerRow(models.Model):
    """A row that a run wrote: it belongs to a question, and to the standing answer or not."""

    run_number = models.PositiveBigIntegerField(db_index=True, help_text="run that wrote it")
    question = models.CharField(max_length=16, db_index=True, help_text="digest of parameters")
    standing = models.BooleanField(default=False, db_index=True)
    objects = AnswerRows.as_manager()
    shape_is_named = False  # True: rows of one name have one shape for ever, such as cells

    class Meta:
        abstract = True


class IncidentCell(AnswerRow):
    """A hexagon of land: counts, what was expected, the test, and how steady the call is."""

    cell = models.CharField(max_length=60, help_text="island/spacing in metres/q/r")
    island = models.CharField(max_length=60)
    category = models.CharField(max_length=40, blank=True, help_text="empty: all open ones")
    period_from = models.DateTimeField()
    period_to = models.DateTimeField()
    n = models.PositiveIntegerField(help_text="reports in the cell")
    n_before = models.PositiveIntegerField(help_text="in the period before, of equal length")
    window_n = models.PositiveIntegerField(help_text="cell and neighbours, a reporter once a cell")
    expected = models.FloatField(help_text="expected in the window")
    offset_kind = models.CharField(max_length=8, choices=OffsetKind.choices)
    gi_star_z = models.FloatField(null=True, help_text="for comparison; not calibrated when sparse")
    p_window = models.FloatField(null=True)
    p_adjusted = models.FloatField(null=True)
    m_tests = models.PositiveIntegerField()
    grade = models.CharField(max_length=4, choices=Grade.choices)
    stability = models.FloatField(help_text="share of shifted and resized lattices that agree")
    geom = models.PolygonField(srid=STORED_SRID)
    tile_geom = tile_twin(models.PolygonField)
    origin = origin_field()
    shape_is_named = True

    class Meta:
        ordering = ("run_number", "cell")
        indexes = [tile_index("incidentcell")]
        constraints = [
            geo_check("incidentcell"),
            models.UniqueConstraint(
                fields=("question", "cell"), name="incidentcell_one_a_question"
            ),
        ]

    def __str__(self) -> str:
        return self.cell


@transaction.atomic
def keep_answer(
    rows: Iterable[models.Model], *, of: type[models.Model], question: str, standing: bool
) -> None:
    """Write the rows of an answer in place of the last one to the same question.

    A row of the same name (its other unique columns) is changed, not written anew: what points at
    it goes on pointing at it, and a row that says the same is not touched. At most one answer is
    the standing one; questions beyond KEPT_QUESTIONS are dropped, oldest first.
    """
    table, fresh = of._default_manager, list(rows)
    unique = of._meta.constraints[-1].fields  # type: ignore[attr-defined]
    names = [name for name in unique if name != "question"]
    kept = {tuple(getattr(row, name) for name in names) for row in fresh}
    if standing:
        table.filter(standing=True).exclude(question=question).delete()
    known = {
        tuple(name): pk for pk, *name in table.filter(question=question).values_list("pk", *names)
    }
    table.filter(pk__in=[pk for name, pk in known.items() if name not in kept]).delete()
    own = [field for field in of._meta.concrete_fields if not field.primary_key]
    plain = [field.name for field in own if not field.generated and field.name not in unique]
    for row in fresh:
        row.pk = known.get(tuple(getattr(row, name) for name in names))
    shapes = ("geom",) if getattr(of, "shape_is_named", False) else ()
    change_rows(of, [row for row in fresh if row.pk], [n for n in plain if n not in shapes])
    table.bulk_create(
        [row for row in fresh if not row.pk], batch_size=1000, update_conflicts=True,
        unique_fields=unique, update_fields=plain,
    )  # fmt: skip
    newest = table.order_by("-run_number").values_list("run_number", flat=True).distinct()
    lately = list(newest[:KEPT_QUESTIONS])
    if len(lately) == KEPT_QUESTIONS:
        table.filter(run_number__lt=lately[-1], standing=False).delete()


LAYER = register(
    Layer(
        slug="incident-cells",
        title="Sel padat dan jarang laporan",
        title_en="Cells with many or few reports",
        summary="Uji binomial tepat tiap sel dan tetangganya; p disesuaikan untuk banyak uji.",
        rows=IncidentCell.objects.standing,
        public_fields=(
            "cell", "island", "category", "period_from", "period_to", "n", "n_before", "window_n",
            "expected", "offset_kind", "gi_star_z", "p_window", "p_adjusted", "m_tests", "grade",
            "stability", "run_number", "origin",
        ),
        viewers=DESK,
        tiles=FeatureTiles(min_zoom=9),
        symbol=Symbol(
            "fill",
            (
                LegendEntry("Sangat padat (p < 0,001)", "#7f0000", "hot3", "Very dense (p < .001)"),
                LegendEntry("Padat sekali (p < 0,01)", "#d7301f", "hot2", "Denser (p < .01)"),
                LegendEntry("Padat (p < 0,05)", "#fdae61", "hot1", "Dense (p < .05)"),
                LegendEntry("Jarang (p < 0,05)", "#4393c3", "cold", "Sparse (p < .05)"),
                LegendEntry("Tidak nyata", "#d9e0e6", "none", "Not significant"),
                LegendEntry("Terlalu sedikit", "#f1f3f5", "few", "Too few to say"),
            ),
            by="grade",
            opacity=0.6,
            note="Kepadatan, bukan bukti: uji menyaring kebetulan, bukan kebiasaan melapor.",
            note_en="Density is not proof: the test filters chance, not habits of reporting.",
        ),
        attribution="Analisis kota dari laporan warga",
        theme=Theme.REPORTS,
        time=TimeField("period_to"),
        filters=("category", "grade"),
    )
)  # fmt: skip
