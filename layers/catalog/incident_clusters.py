"""Incident clusters: groups of reports close together, with what is known about each."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.aggregates import ArrayAgg

from layers.access import DESK
from layers.catalog.incident_cells import AnswerRow
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme, TimeField

KEPT_EVENTS = 200


class Trend(models.TextChoices):
    """Second half of the period against the first, where chance does not explain it."""

    UP = "up", "naik"
    STEADY = "steady", "tetap"
    DOWN = "down", "turun"


class IncidentCluster(AnswerRow):
    """A group of at least 5 reports of at least 3 reporters; `geom` surrounds them on land."""

    key = models.CharField(max_length=40, help_text="stays from answer to answer")
    rank = models.PositiveIntegerField(help_text="1 is the least explained by chance")
    island = models.CharField(max_length=60)
    area = models.CharField(max_length=60, blank=True, help_text="kelurahan of most reports")
    category = models.CharField(max_length=40, help_text="the most frequent one")
    category_n = models.PositiveIntegerField()
    n = models.PositiveIntegerField()
    n_reporters = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    expected = models.FloatField(help_text="reports expected there from the offset")
    relative_risk = models.FloatField(help_text="inside against outside")
    statistic = models.FloatField(help_text="log likelihood ratio")
    p = models.FloatField(help_text="share of random maps with a cluster as strong, any place")
    trend = models.CharField(max_length=6, choices=Trend.choices)
    reports = models.ManyToManyField("layers.Report", related_name="incident_clusters")
    centre = models.PointField(srid=STORED_SRID, help_text="the report nearest to the middle")
    tile_centre = tile_twin(models.PointField, "centre")
    geom = models.MultiPolygonField(srid=STORED_SRID)
    tile_geom = tile_twin(models.MultiPolygonField)
    origin = origin_field()

    class Meta:
        ordering = ("run_number", "rank")
        indexes = [tile_index("incidentcluster"), tile_index("incidentcluster", "tile_centre")]
        constraints = [
            geo_check("incidentcluster"),
            geo_check("incidentcluster", "centre"),
            models.UniqueConstraint(
                fields=("question", "key"), name="incidentcluster_one_a_question"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rank}. {self.area or self.island} ({self.n})"


class Became(models.TextChoices):
    """What became of a cluster since the answer before to the same question."""

    BORN = "born", "baru"
    GROWN = "grown", "bertambah"
    SHRUNK = "shrunk", "berkurang"
    SAME = "same", "tetap"
    MERGED = "merged", "bergabung"
    SPLIT = "split", "terbelah"
    GONE = "gone", "hilang"


class ClusterEvent(models.Model):
    """One cluster from one answer to the next; its `key` lasts as long as it goes on."""

    run_number = models.PositiveBigIntegerField(db_index=True, help_text="run that saw it")
    question = models.CharField(max_length=16, db_index=True)
    key = models.CharField(max_length=40)
    became = models.CharField(max_length=6, choices=Became.choices)
    n_before = models.PositiveIntegerField()
    n_now = models.PositiveIntegerField()
    others = models.JSONField(default=list, help_text="keys it took in, or came from")
    area = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ("-run_number", "key")
        constraints = [
            models.UniqueConstraint(fields=("run_number", "key"), name="clusterevent_one_a_run")
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.became}"


def members_of(question: str) -> dict[str, frozenset[int]]:
    """Keys of the reports in each cluster of the last answer to this question."""
    through = IncidentCluster.reports.through.objects.filter(incidentcluster__question=question)
    told = through.values_list("incidentcluster__key").annotate(members=ArrayAgg("report_id"))
    return {key: frozenset(members) for key, members in told}


def keep_events(
    run_number: int, question: str, events: list[tuple[str, str, int, int, list[str], str]]
) -> None:
    """Add what became of clusters; of each question the KEPT_EVENTS newest are kept."""
    gone = dict(
        IncidentCluster.objects.filter(
            question=question, key__in=[event[0] for event in events]
        ).values_list("key", "area")
    )
    ClusterEvent.objects.bulk_create(
        ClusterEvent(
            run_number=run_number, question=question, key=key, became=became, n_before=before,
            n_now=now, others=others, area=area or gone.get(key, ""),
        )
        for key, became, before, now, others, area in events
    )  # fmt: skip
    mine = ClusterEvent.objects.filter(question=question)
    kept = list(mine.order_by("-id").values_list("pk", flat=True)[:KEPT_EVENTS])
    if len(kept) == KEPT_EVENTS:
        mine.filter(pk__lt=kept[-1]).delete()


LAYER = register(
    Layer(
        slug="incident-clusters",
        title="Klaster laporan",
        title_en="Incident clusters",
        summary="Kelompok laporan yang berdekatan (DBSCAN), dengan peluang kebetulannya.",
        rows=IncidentCluster.objects.standing,
        public_fields=(
            "key", "rank", "island", "area", "category", "category_n", "n", "n_reporters",
            "first_at", "last_at", "expected", "relative_risk", "p", "trend", "run_number",
            "origin",
        ),
        viewers=DESK,
        tiles=FeatureTiles(min_zoom=9),
        symbol=Symbol(
            "outline",
            (LegendEntry("Klaster dan banyak laporannya", "#5b2a86", label_en="Cluster, reports"),),
            label="n",
            label_from_zoom=11,
            width=2,
            note="Batas mengelilingi laporannya; bukan batas masalahnya.",
            note_en="The outline surrounds the reports, not the problem.",
        ),
        attribution="Analisis kota dari laporan warga",
        theme=Theme.REPORTS,
        time=TimeField("last_at"),
        natural_key="",
        filters=("category", "trend"),
    )
)  # fmt: skip
