"""Mailings, recipients and facts for tests of compiling and building."""

import datetime as dt
from typing import Any

from messaging.compilation import CompiledMailing, MailingSource, compile_mailing, render_slots
from messaging.mime import MessageFacts, build
from messaging.tokens import message_token, purpose_token
from messaging.wirelint import Way, lint

POSTAL = "1 Example Street, London"
UTF8 = Way(options=("SMTPUTF8",))
DATE = dt.datetime(2026, 3, 5, 12, 0, tzinfo=dt.UTC)


def source(**changed: Any) -> MailingSource:
    """A marketing mailing, with what a test wants otherwise."""
    given: dict[str, Any] = {
        "subject": "News for {{ contact.first_name | default: 'you' }}",
        "html": "<p>Hello {{ contact.first_name }}</p><p><a href='https://shop.example/'>Shop</a></p>",
        "from_name": "Grace Hopper",
        "from_email": "grace@example.com",
        "base_url": "https://crm.example",
        "reply_domain": "in.example",
        "custom_fields": ("plan", "site"),
    }
    return MailingSource(**(given | changed))


def compiled(**changed: Any) -> CompiledMailing:
    """The same, compiled, kept and read again: so every test also tests that."""
    return CompiledMailing.from_bytes(compile_mailing(source(**changed)).to_bytes())


def recipient(**contact: Any) -> dict[str, Any]:
    """A recipient's merge values."""
    known = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com", "city": "London"}
    return {
        "contact": {**known, "country": "UK", "tags": ["customer"], "fields": {"plan": "gold"}, **contact},
        "account": {"name": "Analytical Engines"},
        "sender": {"company": "Example Ltd", "address": POSTAL, "name": "Grace", "email": "grace@example.com"},
        "list": {"name": "News"},
    }


def facts(**changed: Any) -> MessageFacts:
    """One message's facts."""
    given: dict[str, Any] = {
        "message_id": "0123456789abcdef@example.com",
        "date": DATE,
        "to_address": "ada@example.com",
        "to_name": "Ada Lovelace",
        "token": message_token(42),
        "unsubscribe_token": purpose_token("unsubscribe", 42),
        "list_id": "news.crm.example",
        "list_name": "News",
        "feedback_id": "42:news:marketing:relay",
    }
    return MessageFacts(**(given | changed))


def built(mailing: CompiledMailing, values: dict[str, Any] | None = None, **changed: Any) -> bytes:
    """A message, which must be right on the wire."""
    changed.setdefault("auto_submitted", mailing.purpose == "transactional")
    raw = build(mailing, render_slots(mailing, values or recipient()), facts(**changed))
    assert lint(raw, purpose=mailing.purpose, postal_address=POSTAL, way=None if raw.isascii() else UTF8) == []
    return raw
