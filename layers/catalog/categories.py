"""Categories of reports: how public they are, how long work may take, who answers by default."""

from __future__ import annotations

import tomllib
from pathlib import Path

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import get_language

from layers.catalog.agencies import Agency

FIRST_VALUES = Path(__file__).with_name("categories.toml")


class Precision(models.TextChoices):
    """How exactly the public learns the place of a report."""

    EXACT = "exact", "tepat"
    BLUR = "blur", "dikaburkan"
    KELURAHAN = "kelurahan", "kelurahan saja"
    NEVER = "never", "tidak pernah"


ON_THE_PUBLIC_MAP = (Precision.EXACT, Precision.BLUR)


class Category(models.Model):
    """A kind of report."""

    code = models.SlugField(max_length=40, primary_key=True)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)
    name_jv = models.CharField(max_length=60, blank=True)
    name_zh = models.CharField(max_length=60, blank=True)
    synonyms = models.TextField(blank=True, help_text="words people use, parted by |")
    open311_code = models.CharField(max_length=20, blank=True)
    redirect_text = models.CharField(max_length=200, blank=True)
    shape = models.CharField(max_length=12, default="circle")
    colour = models.CharField(max_length=7, default="#5b6b7a")
    glyph = models.CharField(max_length=20, default="dot")
    rank = models.PositiveSmallIntegerField(default=0, help_text="order in lists")
    public_precision = models.CharField(
        max_length=9, choices=Precision.choices, default=Precision.NEVER
    )
    public_cell_m = models.PositiveIntegerField(
        default=200, validators=[MinValueValidator(50)], help_text="side of a blur cell"
    )
    urgent = models.BooleanField(default=False)
    sea_is_fine = models.BooleanField(default=False)
    photo_wanted = models.BooleanField(default=True)
    duplicate_radius_m = models.PositiveIntegerField(default=50, help_text="0 = off")
    duplicate_hours = models.PositiveIntegerField(default=336)
    desk_radius_m = models.PositiveIntegerField(default=0, help_text="0 = duplicate_radius_m")
    desk_hours = models.PositiveIntegerField(default=0, help_text="0 = duplicate_hours")
    work_days = models.PositiveSmallIntegerField(default=5, help_text="working days")
    proof_m = models.PositiveIntegerField(null=True, blank=True)
    default_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("rank", "code")
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """Name in the reader's language; Indonesian when there is none."""
        code = (get_language() or "id")[:2]
        named = {"en": self.name_en, "jv": self.name_jv, "zh": self.name_zh}
        return named.get(code) or self.name

    @property
    def near(self) -> tuple[int, int]:
        """Metres and hours in which the desk looks for doubles."""
        return (
            self.desk_radius_m or self.duplicate_radius_m,
            self.desk_hours or self.duplicate_hours,
        )


def add_first_values() -> None:
    """Add the categories and agencies that are missing; what the city changed stays."""
    data = tomllib.loads(FIRST_VALUES.read_text(encoding="utf-8"))
    for agency in data["agencies"]:
        Agency.objects.get_or_create(
            code=agency["code"],
            defaults={"name": agency["name"], "name_en": agency["name_en"]},
        )
    offices = {agency.code: agency for agency in Agency.objects.all()}
    for rank, row in enumerate(data["categories"]):
        Category.objects.get_or_create(
            code=row["code"],
            defaults={
                "name": row["name"],
                "name_en": row["name_en"],
                "glyph": row["glyph"],
                "rank": rank,
                "public_precision": row["public"],
                "public_cell_m": row.get("cell_m", 200),
                "urgent": row.get("urgent", False),
                "sea_is_fine": row.get("sea_is_fine", False),
                "photo_wanted": row.get("photo_wanted", True),
                "duplicate_radius_m": row["radius_m"],
                "duplicate_hours": row["hours"],
                "work_days": row["work_days"],
                "proof_m": row.get("proof_m"),
                "default_agency": offices[row["agency"]],
            },
        )
