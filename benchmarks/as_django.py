"""The sample mailing as Django templates, for the baselines: links already ours, with places for the tokens."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from benchmarks import sample
from messaging.compilation import CompiledMailing, MailingSource, compile_mailing
from messaging.mime import MessageFacts, render_html, render_text

BASE = "https://crm.example"
NOW = dt.datetime(2026, 3, 5, 12, 0, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Sources:
    """Source of the three templates. They read `token` and `leave` besides the merge fields."""

    subject: str
    text: str
    html: str


def compiled() -> CompiledMailing:
    """The sample mailing, as a worker has it."""
    source = MailingSource(
        subject=sample.SUBJECT,
        preheader=sample.PREHEADER,
        html=sample.HTML,
        from_name="Grace Hopper",
        from_email="grace@example.com",
        base_url=BASE,
        reply_domain="in.example",
        custom_fields=("plan",),
    )
    return CompiledMailing.from_bytes(compile_mailing(source).to_bytes())


def sources(mailing: CompiledMailing) -> Sources:
    """Filling each slot with its own source gives the compiled parts back as templates."""
    names = [slot.source for slot in mailing.slots]
    known = MessageFacts(message_id="x@example.com", date=NOW, to_address="x@example.com")
    known.token, known.unsubscribe_token = "{{ token }}", "{{ leave }}"
    return Sources(
        in_django(sample.SUBJECT),
        in_django("{% autoescape off %}" + render_text(mailing, names, known, tracked=True) + "{% endautoescape %}"),
        in_django(_unescaped(render_html(mailing, names, known, tracked=True))),
    )


def in_django(text: str) -> str:
    """The one filter of the sample in Django's way of writing it."""
    return text.replace(" | default: ", "|default:").replace("'You'", '"You"').replace("'there'", '"there"')


def _unescaped(html: str) -> str:
    return html.replace("&quot;", '"').replace("&#x27;", "'")
