"""Capture: mail is kept to be looked at, and nothing leaves. The default of a new machine."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction

from messaging.mime import BuildError, build, render_subject, wire_address
from messaging.transports.base import Answer, Outgoing, ProviderSettings, RefusedByUs, Transport

# A message that is captured twice, because a worker died before its mark, is kept once.
_KEEP = """
    INSERT INTO messaging_capturedmail (message_id, mail_from, rcpt_to, subject, raw)
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::bytea[])
    ON CONFLICT (message_id) DO NOTHING
"""


class CaptureTransport(Transport):
    """Writes to the table of captured mail, a batch at a time."""

    batch = 100
    idempotent = True

    def __init__(self, provider: ProviderSettings) -> None:
        pass

    def prepare(self, message: Outgoing) -> None:
        """The bytes as they would leave."""
        try:
            data = build(message.compiled, message.slots, message.facts)
            message.prepared = (wire_address(message.from_email), wire_address(message.address), data)
        except BuildError as error:
            raise RefusedByUs(str(error)) from error

    def send(self, messages: Sequence[Outgoing]) -> list[Answer]:
        """Keep them, in one transaction."""
        columns = [
            (
                one.id,
                *one.prepared[:2],
                render_subject(one.compiled, one.slots)[:1000].replace("\0", ""),
                one.prepared[2],
            )
            for one in messages
        ]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_KEEP, [list(column) for column in zip(*columns, strict=True)])
        return [Answer("accepted", "end_of_data", 250, "2.0.0", "Captured: nothing left this machine.")] * len(messages)

    def close(self) -> None:
        """This thread's database connection."""
        connection.close()
