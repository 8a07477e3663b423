"""Skills: what a stop may need (a crane, leave to carry hazardous waste) and who brings it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.conf import settings
from django.db import models
from django.utils.translation import get_language

from layers.catalog.vehicles import Vehicle


class Skill(models.Model):
    """A named skill or gear, the vehicles that have it, the people who bring it to a vehicle."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True)
    vehicles = models.ManyToManyField(Vehicle, blank=True, related_name="skills")
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """Its name in the reader's language."""
        english = (get_language() or "id").startswith("en")
        return self.name_en if english and self.name_en else self.name


def names_of(codes: Iterable[str]) -> str:
    """Skills by name, for a sentence; one that was deleted goes by its code."""
    wanted = list(codes)
    if not wanted:
        return ""
    known = {skill.code: skill.title for skill in Skill.objects.filter(code__in=wanted)}
    return ", ".join(known.get(code, code) for code in wanted)


def skills_of(
    vehicles: Sequence[Vehicle], crews: Mapping[str, Sequence[int]] | None = None
) -> dict[int, frozenset[str]]:
    """Skills aboard each vehicle, by its id: its own, and those of who drives it that day.

    `crews`: vehicle code -> ids of people; a vehicle that is not named has its own crew.
    """
    with_it = _codes(Skill.vehicles.through.objects.values_list("vehicle_id", "skill__code"))
    of_person = _codes(Skill.people.through.objects.values_list("user_id", "skill__code"))
    own: dict[int, set[int]] = {}
    if of_person:
        crew = Vehicle.crew.through.objects.filter(vehicle__in=vehicles)
        for driven, person in crew.values_list("vehicle_id", "user_id"):
            own.setdefault(driven, set()).add(person)
    found = {}
    for vehicle in vehicles:
        aboard = (crews or {}).get(vehicle.code) or own.get(vehicle.pk) or ()
        brought = [of_person.get(int(person), frozenset()) for person in aboard]
        found[vehicle.pk] = with_it.get(vehicle.pk, frozenset()).union(*brought)
    return found


def _codes(pairs: Iterable[tuple[int, str]]) -> dict[int, frozenset[str]]:
    held: dict[int, set[str]] = {}
    for owner, code in pairs:
        held.setdefault(owner, set()).add(code)
    return {owner: frozenset(codes) for owner, codes in held.items()}
