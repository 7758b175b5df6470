"""Calls to providers that can be repeated without a second mail."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class ProviderCall(models.Model):
    """A call under an idempotency key, kept from before it is made until its answer is safe.

    What is left when a worker or a connection dies: the same body under the same key is answered as the first
    call was, and makes no second mail. One row for each open connection, and those whose answer was lost.
    """

    key = models.UUIDField(primary_key=True)
    provider = models.ForeignKey("messaging.Provider", models.CASCADE, related_name="+")
    path = models.CharField(max_length=100)
    # Compressed (zlib).
    body = models.BinaryField()
    # In the order of the body.
    message_ids = ArrayField(models.BigIntegerField())
    made_at = models.DateTimeField(db_default=Now())
    # Taken up to be repeated; not by anybody else before then.
    not_before = models.DateTimeField(db_default=Now())
    tries = models.PositiveSmallIntegerField(db_default=0, default=0)

    def __str__(self) -> str:
        return f"{self.path} {self.key}"
