"""What a campaign's counters mean."""

from __future__ import annotations

from typing import Any

import pytest

from campaigns.figures import Figures
from campaigns.pace import pace
from campaigns.subjects import readable


@pytest.mark.parametrize(
    ("counters", "reached"),
    [
        ({"sent": 100}, 100),
        ({"sent": 100, "bounced_hard": 3, "bounced_soft": 2}, 95),
        ({"sent": 97, "failed": 3, "bounced_hard": 3}, 97),
        ({"sent": 97, "failed": 3, "bounced_hard": 5}, 95),
        ({"sent": 97, "failed": 3, "failed_otherwise": 3, "bounced_hard": 5}, 92),
        ({"sent": 100, "delivered": 60}, 100),
        ({}, 0),
    ],
)
def test_what_was_handed_over_and_did_not_come_back_has_arrived(counters: dict[str, int], reached: int) -> None:
    assert Figures(**counters).reached == reached


def test_rates_are_of_what_arrived_and_none_of_nothing() -> None:
    assert Figures(sent=50, opened=20, clicked=5).open_rate == 0.4
    assert Figures(sent=50, opened=20, clicked=5).click_to_open == 0.25
    assert Figures().open_rate is None


def test_what_remains_is_what_has_not_come_to_an_end() -> None:
    figures = Figures(recipients=10, sent=4, failed=1, suppressed=1, cancelled=1, uncertain=1)
    assert (figures.done, figures.remaining) == (8, 2)


@pytest.mark.parametrize(
    ("samples", "remaining", "per_second", "left"),
    [
        ([], 10, 0.0, None),
        ([(0.0, 5)], 10, 0.0, None),
        ([(0.0, 0), (2.0, 100), (4.0, 200)], 100, 50.0, 2.0),
        ([(0.0, 10), (5.0, 10)], 100, 0.0, None),
    ],
)
def test_the_pace_is_that_of_the_last_seconds(
    samples: list[Any], remaining: int, per_second: float, left: float | None
) -> None:
    found = pace(samples, remaining)
    assert (found.per_second, found.seconds_left) == (per_second, left)


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("Spring", "Spring"),
        ('Hi {{ contact.first_name | default: "there" }}!', "Hi there!"),
        ("Hi {{ contact.first_name | default: 'you' }}", "Hi you"),
        ("Hi {{ contact.first_name }}", "Hi First name"),
        ("{{ contact.city | upcase }}{% if contact.city %}!{% endif %}", "contact.city!"),
    ],
)
def test_subjects_are_shown_as_they_are_read(subject: str, shown: str) -> None:
    assert readable(subject, {"contact.first_name": "First name"}) == shown
