"""What every page of the Django admin has in common: quick at a million rows, and only for administrators.

A socket: each app's `admin.py` builds on these two classes.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.http import HttpRequest
from unfold.admin import ModelAdmin


class RecordAdmin(ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    """Records that an administrator may look up and repair by hand.

    Counting a large table for the pager's total takes longer than all the rest of the page, so it is
    left out; foreign keys are typed ids or looked up, never a list of all rows.
    """

    list_per_page = 50
    show_full_result_count = False
    show_facets = 0  # ShowFacets.NEVER: facets count the whole table

    raw_id_fields: tuple[str, ...] = ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Without autocomplete a foreign key is an id field: a select would load every row."""
        if db_field.name not in (*self.autocomplete_fields, *self.raw_id_fields):
            self.raw_id_fields = (*self.raw_id_fields, db_field.name)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class LogAdmin(RecordAdmin):
    """What has happened is looked at, not changed: mail, hits, the log, runs. Writes go through actions."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds to a log by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody changes it either."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nor deletes from it."""
        return False
