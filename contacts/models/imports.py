"""What an import keeps beside its job: what was wrong with which line, and which addresses it saw."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportIssue(models.Model):
    """Something about one line of an imported file that its user should know."""

    class Level(models.TextChoices):
        """How much of the line came in."""

        REJECTED = "rejected", _("Not imported")
        DUPLICATE = "duplicate", _("Duplicate")
        KEPT = "kept", _("Kept unsubscribed")
        WARNING = "warning", _("Imported with a change")

    job = models.ForeignKey("contacts.Job", models.CASCADE, related_name="issues")
    # Of the file as an editor counts, the header included; where a quoted cell spans lines: its first.
    line = models.BigIntegerField()
    level = models.CharField(max_length=10, choices=Level)
    # A key of `contacts.imports.reasons`, and what its sentence names: a column, a value, a line.
    code = models.CharField(max_length=30)
    detail = models.CharField(max_length=300, blank=True)
    # The cells as they stood in the file; only for lines that did not come in.
    raw = models.JSONField(null=True, blank=True)

    class Meta:
        indexes = [
            # Read by the report's pages, and by its figures.
            models.Index(fields=["job", "level", "line", "id"], name="import_issue_page"),
        ]

    def __str__(self) -> str:
        return f"{self.job_id}:{self.line} {self.code}"


class ImportSeen(models.Model):
    """A contact that an import has taken, and the line it stood on: the first one wins.

    In a table, so that memory stays flat and a worker that takes over knows. By contact, not by
    address: new ones have rising numbers, which an index takes at a third of the cost. Kept while the
    import can be undone; no foreign key, since it is cleared with its job and outlives a contact.
    """

    pk = models.CompositePrimaryKey("job", "contact_id")
    job = models.ForeignKey("contacts.Job", models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    contact_id = models.BigIntegerField()
    line = models.BigIntegerField()
    # Whether the import made the contact; otherwise it was here before.
    created = models.BooleanField(default=False, db_default=False)

    def __str__(self) -> str:
        return f"{self.job_id}:{self.line}"
