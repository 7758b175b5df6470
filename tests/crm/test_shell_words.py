"""How values are said: names, times, numbers, money."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import timezone

from contacts.look import compact_number, format_money, initials_of, relative_words

NOW = datetime(2026, 11, 14, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Amelia Hartmann", "AH"),
        ("amelia", "A"),
        ("Jean Luc de la Tour", "JT"),
        ("dana.ruiz@relay.example", "DR"),
        ("", "?"),
        ("🚲 🚲", "?"),
        ("Østergård Ünal", "ØÜ"),
        ("李 小龙", "李小"),
    ],
)
def test_initials_stand_for_any_name(name: str, letters: str) -> None:
    assert initials_of(name) == letters


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=4, seconds=59), "4 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(hours=26), "yesterday"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(days=10), "4 Nov"),
        (timedelta(days=400), "10 Oct 2025"),
        (timedelta(minutes=-5), "in 5 min"),
        (timedelta(days=-1, minutes=-1), "tomorrow"),
    ],
)
def test_a_moment_is_said_as_people_say_it(gap: timedelta, words: str) -> None:
    assert relative_words(NOW - gap, NOW) == words


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0"), (999, "999"), (1000, "1k"), (12_480, "12.5k"), (999_960, "1M"), (1_250_000, "1.2M")]
)
def test_large_numbers_are_said_in_short(value: int, words: str) -> None:
    assert compact_number(value) == words


@pytest.mark.parametrize(
    ("value", "currency", "words"),
    [("18400", "EUR", "€18,400"), ("18400.5", "USD", "$18,400.50"), ("-3", "GBP", "-£3"), ("7", "XTS", "XTS 7")],
)
def test_money_shows_cents_only_when_there_are_any(value: str, currency: str, words: str) -> None:
    assert format_money(Decimal(value), currency) == words


def test_a_relative_time_carries_the_exact_one_in_the_readers_zone() -> None:
    with timezone.override("Europe/Berlin"):
        html = Template("{% load relay %}{{ at|reltime }}").render(Context({"at": NOW}))
    assert 'datetime="2026-11-14T12:00:00+00:00"' in html
    assert 'title="14 Nov 2026, 13:00:00 CET"' in html


def test_names_are_escaped_wherever_they_are_drawn() -> None:
    name = '<script>alert("x")</script>'
    page = Template("{% load relay %}{% avatar name %}{% badge name %}{% status name %}{% progress 1 2 name %}")
    assert "<script" not in page.render(Context({"name": name}))
