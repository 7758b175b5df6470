"""What one message costs to build: the product, Django's EmailMultiAlternatives, and the stdlib's EmailMessage.

All three fill the same mailing (about 10 KB, 8 variables, 12 counted links) for the same recipients and
write the same header fields. The two baselines get all they can have: templates parsed once, links
rewritten once, one token a message. CPU time, a warm-up, the median of several rounds, in one process.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="a benchmark has no secrets, only a key of the usual length",
    SECRET_KEY_FALLBACKS=[],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    USE_I18N=False,
)
django.setup()

from django.core.mail import EmailMultiAlternatives
from django.template import Context, Template

from benchmarks import machine, sample
from benchmarks.as_django import BASE, NOW, compiled, sources
from messaging.compilation import CompiledMailing, render_slots
from messaging.mime import MessageFacts, build
from messaging.tokens import message_token, purpose_token
from messaging.wirelint import lint

Builder = Callable[[int], bytes]


def facts(number: int) -> MessageFacts:
    """One message's facts, tokens included."""
    return MessageFacts(
        message_id=f"{number:032x}@example.com",
        date=NOW,
        to_address=f"recipient{number}@example.com",
        to_name=f"Recipient {number}",
        token=message_token(number),
        unsubscribe_token=purpose_token("unsubscribe", number),
        list_id="news.crm.example",
        list_name="News",
        feedback_id="m1:l1:marketing:relay",
    )


def product(mailing: CompiledMailing) -> Builder:
    """Slots, facts, bytes: what a worker does per recipient."""
    return lambda number: build(mailing, render_slots(mailing, sample.recipient(number)), facts(number))


class Baseline:
    """Parsed templates whose links are already ours, with places for the tokens."""

    def __init__(self, mailing: CompiledMailing) -> None:
        found = sources(mailing)
        self.subject, self.text, self.html = Template(found.subject), Template(found.text), Template(found.html)

    def parts(self, number: int) -> tuple[str, str, str]:
        """Subject, text and HTML of one message."""
        context = Context(
            {**sample.recipient(number), "token": message_token(number), "leave": purpose_token("unsubscribe", number)}
        )
        return self.subject.render(context), self.text.render(context), self.html.render(context)

    def headers(self, number: int) -> dict[str, str]:
        """The fields that marketing mail has."""
        leave = purpose_token("unsubscribe", number)
        return {
            "Date": format_datetime(NOW),
            "Message-ID": f"<{number:032x}@example.com>",
            "List-Unsubscribe": f"<{BASE}/u/{leave}>, <mailto:u+{leave}@in.example>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "List-Id": "News <news.crm.example>",
            "Feedback-ID": "m1:l1:marketing:relay",
        }

    def django(self, number: int) -> bytes:
        """As Django's documentation shows it."""
        subject, text, html = self.parts(number)
        to = [f"Recipient {number} <recipient{number}@example.com>"]
        mail = EmailMultiAlternatives(
            subject, text, "Grace Hopper <grace@example.com>", to, headers=self.headers(number)
        )
        mail.attach_alternative(html, "text/html")
        return mail.message().as_bytes()

    def stdlib(self, number: int) -> bytes:
        """As the standard library's documentation shows it."""
        subject, text, html = self.parts(number)
        mail = EmailMessage(policy=SMTP)
        mail["Subject"], mail["From"] = subject, "Grace Hopper <grace@example.com>"
        mail["To"] = f"Recipient {number} <recipient{number}@example.com>"
        for name, value in self.headers(number).items():
            mail[name] = value
        mail.set_content(text)
        mail.add_alternative(html, subtype="html")
        return mail.as_bytes()


def microseconds(builder: Builder, messages: int) -> float:
    """CPU time a message."""
    before = time.process_time()
    for number in range(messages):
        builder(number)
    return (time.process_time() - before) / messages * 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=4000, help="messages a round for the product (default 4000)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the median counts (default 5)")
    asked = parser.parse_args()
    mailing = compiled()
    baseline = Baseline(mailing)
    builders: dict[str, tuple[Builder, int]] = {
        "this product": (product(mailing), asked.messages),
        "Django EmailMultiAlternatives": (baseline.django, asked.messages // 10),
        "stdlib EmailMessage": (baseline.stdlib, asked.messages // 10),
    }
    print(machine.described())
    size = len(builders["this product"][0](1))
    faults = lint(builders["this product"][0](1), purpose="marketing")
    print(f"{size} bytes a message, {mailing.slot_count} slots, {len(mailing.links)} links, lint: {faults or 'clean'}")
    taken: dict[str, list[float]] = {name: [] for name in builders}
    for name, (builder, messages) in builders.items():
        microseconds(builder, max(messages // 4, 1))
        assert len(builder(1)) > 5000, name
    for _ in range(asked.rounds):
        # By turns, so that a busy minute of the machine falls on all of them.
        for name, (builder, messages) in builders.items():
            taken[name].append(microseconds(builder, messages))
    ours = statistics.median(taken["this product"])
    for name, times in taken.items():
        median = statistics.median(times)
        print(f"{name:32} {median:8.1f} µs  {1e6 / median:9.0f} messages per CPU-second  {median / ours:6.1f} x")
    best = min(taken["this product"])
    print(f"target: 30 µs or less: {'reached' if ours <= 30 else 'missed'} (best round {best:.1f} µs)")


if __name__ == "__main__":
    main()
