"""The SQL that brings one chunk of staged rows in. Set-based: the cost of a row does not hold a query.

Order within a transaction: doubles → match → doubles of earlier chunks → accounts → contacts → values,
tags, lists, log. People who are new (`fresh`) and people who are here already have statements of their
own: nothing of a contact that this transaction makes can be there before, so that its rows need neither
a look for conflicts nor to be handed back.

Parameters: job, by, source, update (bool), lists, file, and one `heard_*` flag per kind of activity
(contacts.activity.is_heard). `key` is the address as the unique index sees it.
"""

from __future__ import annotations

from contacts.imports.judging import TEXTS

# Answers: the line that came too late, the line of the first in this chunk.
DOUBLES = """
DELETE FROM import_row r USING (
  SELECT key, min(line) AS line FROM import_row GROUP BY key HAVING count(*) > 1
) first WHERE first.key = r.key AND first.line <> r.line
RETURNING r.line, first.line
"""

# The inner order keeps the numbers of new contacts in that of the file, and so at the end of every index.
MATCH = """
CREATE TEMP TABLE import_person ON COMMIT DROP AS
SELECT r.*, coalesce(r.known_id, nextval('contacts_contact_id_seq')) AS contact_id, r.known_id IS NULL AS fresh
FROM (
  SELECT r.*, c.id AS known_id FROM import_row r LEFT JOIN contacts_contact c ON lower(c.email) = r.key ORDER BY r.line
) r
"""

# The planner knows nothing of a fresh temporary table.
ANALYZE = "ANALYZE import_person (line, contact_id, fresh, tagset, opted_in, account)"

# A row whose contact an earlier chunk took. Answers: the line that came too late, the line of the first.
DOUBLES_BEFORE = """
DELETE FROM import_person p USING contacts_importseen s
WHERE NOT p.fresh AND s.job_id = %(job)s AND s.contact_id = p.contact_id
RETURNING p.line, s.line
"""

SEE = """
INSERT INTO contacts_importseen (job_id, contact_id, line, created)
SELECT %(job)s, contact_id, line, fresh FROM import_person ORDER BY contact_id
"""

ACCOUNTS = """
WITH made AS (
  INSERT INTO contacts_account (name, domain, website, phone, city, country, created_at, updated_at)
  SELECT DISTINCT ON (lower(p.account)) p.account, '', '', '', '', '', now(), now() FROM import_person p
  WHERE p.account <> '' AND (p.fresh OR %(update)s)
  AND NOT EXISTS (SELECT FROM contacts_account a WHERE lower(a.name) = lower(p.account))
  ORDER BY lower(p.account), p.line
  ON CONFLICT (lower(name)) DO NOTHING RETURNING id
)
INSERT INTO contacts_activity (account_id, kind, occurred_at, by_id, hops, data, due_at)
SELECT id, 'account.created', now(), %(by)s, 0, '{}'::jsonb, CASE WHEN %(heard_account)s THEN now() END FROM made
"""

CREATE = f"""
INSERT INTO contacts_contact
  (id, email, {", ".join(TEXTS)}, account_id, time_zone, score, source, created_at, updated_at)
SELECT p.contact_id, p.email, {", ".join(f"p.{name}" for name in TEXTS)}, a.id, '', 0, %(source)s, now(), now()
FROM import_person p LEFT JOIN contacts_account a ON p.account <> '' AND lower(a.name) = lower(p.account)
WHERE p.fresh ORDER BY p.contact_id
"""  # noqa: S608  # column names of ours

# Somebody else added one of these people in this very moment: they are known then, not new.
CREATE_BESIDE_OTHERS = f"{CREATE} ON CONFLICT (lower(email)) DO NOTHING"
MATCH_OTHERS = """
UPDATE import_person p SET contact_id = c.id, fresh = false FROM contacts_contact c
WHERE p.fresh AND lower(c.email) = p.key AND c.id <> p.contact_id
"""

COUNTS = """
SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh), count(*) FILTER (WHERE NOT opted_in)
FROM import_person
"""

# An empty cell says nothing: it never erases what is known.
UPDATE = f"""
WITH done AS (
  UPDATE contacts_contact c SET
    {", ".join(f"{name} = coalesce(nullif(n.{name}, ''), c.{name})" for name in TEXTS)},
    account_id = coalesce(n.account_id, c.account_id), updated_at = now()
  FROM (
    SELECT p.*, a.id AS account_id FROM import_person p
    LEFT JOIN contacts_account a ON p.account <> '' AND lower(a.name) = lower(p.account)
    WHERE NOT p.fresh
  ) n
  WHERE c.id = n.contact_id AND (
    {" OR ".join(f"(n.{name} <> '' AND n.{name} <> c.{name})" for name in TEXTS)}
    OR (n.account_id IS NOT NULL AND n.account_id IS DISTINCT FROM c.account_id)
  )
  RETURNING c.id
)
INSERT INTO import_changed SELECT id FROM done
"""  # noqa: S608  # column names of ours

# Both take the rows of `Staging.values`.
FRESH_VALUES = """
INSERT INTO contacts_fieldvalue (contact_id, field_id, text, number, date, at)
SELECT p.contact_id, v.* FROM import_person p
CROSS JOIN LATERAL (VALUES {values}) v (field_id, text, number, date, at)
WHERE p.fresh AND v.text IS NOT NULL
"""
KNOWN_VALUES = """
WITH done AS (
  INSERT INTO contacts_fieldvalue AS held (contact_id, field_id, text, number, date, at)
  SELECT p.contact_id, v.* FROM import_person p
  CROSS JOIN LATERAL (VALUES {values}) v (field_id, text, number, date, at)
  WHERE NOT p.fresh AND v.text IS NOT NULL ORDER BY 1, 2
  ON CONFLICT (contact_id, field_id) DO UPDATE
  SET text = excluded.text, number = excluded.number, date = excluded.date, at = excluded.at
  WHERE held.text <> excluded.text
  RETURNING contact_id
)
INSERT INTO import_changed SELECT contact_id FROM done
"""

CHANGED = "SELECT count(DISTINCT contact_id) FROM import_changed"

NEW_TAGS = """
INSERT INTO contacts_tag (name, created_at)
SELECT DISTINCT ON (lower(s.name)) s.name, now()
FROM import_tagset s JOIN (SELECT tagset, min(line) AS line FROM import_person GROUP BY tagset) used USING (tagset)
ORDER BY lower(s.name), used.line
ON CONFLICT (lower(name)) DO NOTHING
"""

# Which tags each set means.
TAGSETS = """
CREATE TEMP TABLE import_tag ON COMMIT DROP AS
SELECT DISTINCT s.tagset, t.id AS tag_id, t.name
FROM import_tagset s JOIN contacts_tag t ON lower(t.name) = lower(s.name)
"""

FRESH_TAGS = """
INSERT INTO contacts_contacttag (contact_id, tag_id, created_at)
SELECT p.contact_id, t.tag_id, now() FROM import_person p JOIN import_tag t USING (tagset)
WHERE p.fresh ORDER BY 1, 2
"""

KNOWN_TAGS = """
WITH put AS (
  INSERT INTO contacts_contacttag (contact_id, tag_id, created_at)
  SELECT p.contact_id, t.tag_id, now() FROM import_person p JOIN import_tag t USING (tagset)
  WHERE NOT p.fresh ORDER BY 1, 2
  ON CONFLICT (contact_id, tag_id) DO NOTHING RETURNING contact_id, tag_id
)
INSERT INTO contacts_activity (contact_id, kind, occurred_at, by_id, hops, data, due_at)
SELECT put.contact_id, 'tag.added', now(), %(by)s, 0, jsonb_build_object('tag_id', t.id, 'tag', t.name),
  CASE WHEN %(heard_tag)s THEN now() END
FROM put JOIN contacts_tag t ON t.id = put.tag_id
"""

# Answers before anything is subscribed: line, list, status.
KEPT = """
SELECT p.line, l.name, s.status FROM import_person p
JOIN contacts_subscription s ON s.contact_id = p.contact_id AND s.list_id = ANY(%(lists)s)
JOIN contacts_mailinglist l ON l.id = s.list_id
WHERE NOT p.fresh AND p.opted_in AND s.status IN ('unsubscribed', 'bounced')
"""

FRESH_SUBSCRIPTIONS = """
INSERT INTO contacts_subscription (contact_id, list_id, status, source, created_at, subscribed_at, reason)
SELECT p.contact_id, l.id, 'active', %(source)s, now(), now(), ''
FROM import_person p CROSS JOIN contacts_mailinglist l
WHERE p.fresh AND p.opted_in AND l.id = ANY(%(lists)s) ORDER BY 1, 2
"""

# Whoever unsubscribed or bounced stays so; who never confirmed is confirmed by the consent that was stated.
KNOWN_SUBSCRIPTIONS = """
WITH joined AS (
  INSERT INTO contacts_subscription AS held (contact_id, list_id, status, source, created_at, subscribed_at, reason)
  SELECT p.contact_id, l.id, 'active', %(source)s, now(), now(), ''
  FROM import_person p CROSS JOIN contacts_mailinglist l
  WHERE NOT p.fresh AND p.opted_in AND l.id = ANY(%(lists)s) ORDER BY 1, 2
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

# All that happened to new people, each one's entries side by side: they go to the end of the stream's index.
FRESH_LOG = """
INSERT INTO contacts_activity (contact_id, kind, occurred_at, by_id, hops, data, due_at)
SELECT contact_id, kind, now(), %(by)s, 0, data, CASE WHEN heard THEN now() END FROM (
  SELECT p.contact_id, 1 AS place, 'tag.added' AS kind, t.data, %(heard_tag)s AS heard
  FROM import_person p
  JOIN (SELECT tagset, jsonb_build_object('tag_id', tag_id, 'tag', name) AS data FROM import_tag) t USING (tagset)
  WHERE p.fresh
  UNION ALL
  SELECT p.contact_id, 2, 'list.subscribed', l.data, %(heard_list)s FROM import_person p CROSS JOIN (
    SELECT jsonb_build_object('list_id', id, 'list_name', name, 'source', %(source)s::text) AS data
    FROM contacts_mailinglist WHERE id = ANY(%(lists)s)
  ) l WHERE p.fresh AND p.opted_in
  UNION ALL
  SELECT contact_id, 3, 'contact.imported',
    jsonb_build_object('job_id', %(job)s::bigint, 'file', %(file)s::text, 'created', true), %(heard_contact)s
  FROM import_person WHERE fresh
) entry ORDER BY contact_id, place
"""

KNOWN_LOG = """
INSERT INTO contacts_activity (contact_id, kind, occurred_at, by_id, hops, data, due_at)
SELECT DISTINCT contact_id, 'contact.imported', now(), %(by)s::bigint, 0,
  jsonb_build_object('job_id', %(job)s::bigint, 'file', %(file)s::text, 'created', false),
  CASE WHEN %(heard_contact)s THEN now() END
FROM import_changed
"""
