"""When a person was last seen: they opened, clicked, answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import connection

_SEEN = """
UPDATE contacts_contact AS c SET last_seen_at = s.at
FROM (SELECT * FROM unnest(%s::bigint[], %s::timestamptz[]) AS s (id, at) ORDER BY id) AS s
WHERE c.id = s.id AND (c.last_seen_at IS NULL OR c.last_seen_at < s.at)
"""


def mark_seen(*, seen: Mapping[int, datetime]) -> None:
    """Note when contacts (by id) were seen, where that is later than what is known. Tells no log: hits are one."""
    rows = sorted(seen.items())
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, [[pk for pk, _ in rows], [at for _, at in rows]])
