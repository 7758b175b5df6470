"""The SQL that brings one chunk of judged rows in. Set-based: the cost of a row does not hold a query.

Order within a transaction: stage → doubles → match → accounts → contacts → values → tags → lists → log.
Parameters: job, by, source, update (bool), lists, tags, file, and one `heard_*` flag per kind of
activity (contacts.activity.is_heard). `import_row.key` is the address as the unique index sees it.
"""

from __future__ import annotations

from collections.abc import Sequence

from contacts.imports.judging import TEXTS

COLUMNS: tuple[str, ...] = ("line", "email", *TEXTS, "account", "opted_in")

STAGE = f"""
DROP TABLE IF EXISTS pg_temp.import_row, pg_temp.import_tag, pg_temp.import_value;
CREATE TEMP TABLE import_row (
  line bigint PRIMARY KEY, email text NOT NULL, {", ".join(f"{name} text NOT NULL" for name in TEXTS)},
  account text NOT NULL, opted_in boolean NOT NULL,
  key text GENERATED ALWAYS AS (lower(email)) STORED, contact_id bigint, fresh boolean NOT NULL DEFAULT false
) ON COMMIT DROP;
CREATE TEMP TABLE import_tag (line bigint NOT NULL, name text NOT NULL) ON COMMIT DROP;
CREATE TEMP TABLE import_value (
  line bigint NOT NULL, field_id bigint NOT NULL, text text NOT NULL, number numeric, date date, at timestamptz
) ON COMMIT DROP
"""

# The planner knows nothing of a fresh temporary table.
ANALYZE = "ANALYZE import_row"

SEE = """
INSERT INTO contacts_importseen (job_id, key, line)
SELECT DISTINCT ON (key) %(job)s, key, line FROM import_row ORDER BY key, line
ON CONFLICT (job_id, key) DO NOTHING
"""

# Answers: the line that came too late, the line of the first.
DOUBLES = """
DELETE FROM import_row r USING contacts_importseen s
WHERE s.job_id = %(job)s AND s.key = r.key AND s.line <> r.line
RETURNING r.line, s.line
"""

MATCH = """
UPDATE import_row r SET contact_id = c.id FROM contacts_contact c
WHERE lower(c.email) = r.key AND r.contact_id IS NULL
"""

ACCOUNTS = """
WITH made AS (
  INSERT INTO contacts_account (name, domain, website, phone, city, country, created_at, updated_at)
  SELECT DISTINCT ON (lower(account)) account, '', '', '', '', '', now(), now() FROM import_row
  WHERE account <> '' AND (contact_id IS NULL OR %(update)s) ORDER BY lower(account), line
  ON CONFLICT (lower(name)) DO NOTHING RETURNING id
)
INSERT INTO contacts_activity (account_id, kind, occurred_at, by_id, hops, data, due_at)
SELECT id, 'account.created', now(), %(by)s, 0, '{}'::jsonb, CASE WHEN %(heard_account)s THEN now() END FROM made
"""

CREATE = f"""
WITH made AS (
  INSERT INTO contacts_contact
    (email, {", ".join(TEXTS)}, account_id, time_zone, score, source, created_at, updated_at)
  SELECT r.email, {", ".join(f"r.{name}" for name in TEXTS)}, a.id, '', 0, %(source)s, now(), now()
  FROM import_row r LEFT JOIN contacts_account a ON r.account <> '' AND lower(a.name) = lower(r.account)
  WHERE r.contact_id IS NULL ORDER BY r.line
  ON CONFLICT (lower(email)) DO NOTHING RETURNING id, lower(email) AS key
)
UPDATE import_row r SET contact_id = made.id, fresh = true FROM made WHERE r.key = made.key
"""  # noqa: S608  # column names of ours

# An empty cell says nothing: it never erases what is known.
UPDATE = f"""
UPDATE contacts_contact c SET
  {", ".join(f"{name} = coalesce(nullif(n.{name}, ''), c.{name})" for name in TEXTS)},
  account_id = coalesce(n.account_id, c.account_id), updated_at = now()
FROM (
  SELECT r.*, a.id AS account_id FROM import_row r
  LEFT JOIN contacts_account a ON r.account <> '' AND lower(a.name) = lower(r.account)
  WHERE NOT r.fresh AND r.contact_id IS NOT NULL
) n
WHERE c.id = n.contact_id AND (
  {" OR ".join(f"(n.{name} <> '' AND n.{name} <> c.{name})" for name in TEXTS)}
  OR (n.account_id IS NOT NULL AND n.account_id IS DISTINCT FROM c.account_id)
)
RETURNING c.id
"""  # noqa: S608  # column names of ours

VALUES = """
INSERT INTO contacts_fieldvalue AS held (contact_id, field_id, text, number, date, at)
SELECT r.contact_id, v.field_id, v.text, v.number, v.date, v.at
FROM import_value v JOIN import_row r USING (line)
WHERE r.contact_id IS NOT NULL AND (r.fresh OR %(update)s) ORDER BY r.contact_id, v.field_id
ON CONFLICT (contact_id, field_id) DO UPDATE
SET text = excluded.text, number = excluded.number, date = excluded.date, at = excluded.at
WHERE held.text <> excluded.text
RETURNING contact_id
"""

CHOSEN_TAGS = """
INSERT INTO import_tag (line, name) SELECT r.line, chosen FROM import_row r, unnest(%(tags)s::text[]) chosen
"""

NEW_TAGS = """
INSERT INTO contacts_tag (name, created_at)
SELECT DISTINCT ON (lower(name)) name, now() FROM import_tag JOIN import_row USING (line) ORDER BY lower(name), line
ON CONFLICT (lower(name)) DO NOTHING
"""

TAGS = """
WITH put AS (
  INSERT INTO contacts_contacttag (contact_id, tag_id, created_at)
  SELECT DISTINCT r.contact_id, t.id, now()
  FROM import_tag i JOIN import_row r USING (line) JOIN contacts_tag t ON lower(t.name) = lower(i.name)
  WHERE r.contact_id IS NOT NULL ORDER BY 1, 2
  ON CONFLICT (contact_id, tag_id) DO NOTHING RETURNING contact_id, tag_id
)
INSERT INTO contacts_activity (contact_id, kind, occurred_at, by_id, hops, data, due_at)
SELECT put.contact_id, 'tag.added', now(), %(by)s, 0, jsonb_build_object('tag_id', t.id, 'tag', t.name),
  CASE WHEN %(heard_tag)s THEN now() END
FROM put JOIN contacts_tag t ON t.id = put.tag_id
"""

# Answers before anything is subscribed: line, list, status.
KEPT = """
SELECT r.line, l.name, s.status FROM import_row r
JOIN contacts_subscription s ON s.contact_id = r.contact_id AND s.list_id = ANY(%(lists)s)
JOIN contacts_mailinglist l ON l.id = s.list_id
WHERE r.opted_in AND s.status IN ('unsubscribed', 'bounced')
"""

# Whoever unsubscribed or bounced stays so; who never confirmed is confirmed by the consent that was stated.
SUBSCRIBE = """
WITH joined AS (
  INSERT INTO contacts_subscription AS held (contact_id, list_id, status, source, created_at, subscribed_at, reason)
  SELECT r.contact_id, l.id, 'active', %(source)s, now(), now(), ''
  FROM import_row r CROSS JOIN contacts_mailinglist l
  WHERE r.contact_id IS NOT NULL AND r.opted_in AND l.id = ANY(%(lists)s) ORDER BY 1, 2
  ON CONFLICT (contact_id, list_id) DO UPDATE
  SET status = 'active', subscribed_at = excluded.subscribed_at, source = excluded.source, reason = ''
  WHERE held.status = 'unconfirmed'
  RETURNING contact_id, list_id
)
INSERT INTO contacts_activity (contact_id, kind, occurred_at, by_id, hops, data, due_at)
SELECT joined.contact_id, 'list.subscribed', now(), %(by)s, 0,
  jsonb_build_object('list_id', l.id, 'list_name', l.name, 'source', %(source)s::text),
  CASE WHEN %(heard_list)s THEN now() END
FROM joined JOIN contacts_mailinglist l ON l.id = joined.list_id
"""

LOG = """
INSERT INTO contacts_activity (contact_id, kind, occurred_at, by_id, hops, data, due_at)
SELECT contact_id, 'contact.imported', now(), %(by)s, 0,
  jsonb_build_object('job_id', %(job)s::bigint, 'file', %(file)s::text, 'created', fresh),
  CASE WHEN %(heard_contact)s THEN now() END
FROM import_row WHERE contact_id IS NOT NULL AND (fresh OR contact_id = ANY(%(changed)s))
"""

COUNTS = """
SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh), count(*) FILTER (WHERE NOT opted_in)
FROM import_row WHERE contact_id IS NOT NULL
"""


def copy_into(table: str, columns: Sequence[str]) -> str:
    """A COPY statement for one of the tables above."""
    return f"COPY {table} ({', '.join(columns)}) FROM STDIN"
