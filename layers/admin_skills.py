"""Administration of skills: their names, the vehicles that have them, the people who bring them."""

from __future__ import annotations

from django.contrib import admin

from layers.catalog.skills import Skill


@admin.register(Skill)
class SkillAdmin(admin.ModelAdmin):
    """What stops may need, and who has it."""

    list_display = ("code", "name", "name_en")
    filter_horizontal = ("vehicles", "people")
