"""ActiveCampaign's tags become Liquid when a template is saved."""

import pytest

from messaging.liquid import check
from messaging.personalisation import leftover_tags, translate_tags


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Hi %FIRSTNAME% %LASTNAME%", "Hi {{ contact.first_name }} {{ contact.last_name }}"),
        ("%FULLNAME% %EMAIL% %PHONE%", "{{ contact.full_name }} {{ contact.email }} {{ contact.phone }}"),
        ("%ACCT_NAME%", "{{ account.name }}"),
        ('<a href="%UNSUBSCRIBELINK%">', '<a href="{{ unsubscribe_url }}">'),
        ("%WEBCOPY%", "{{ view_url }}"),
        ("%SENDER-INFO-SINGLELINE%", "{{ sender.company }}, {{ sender.address }}"),
        ("%FAVOURITE_COLOUR%", "{{ contact.fields.favourite_colour }}"),
        ("100% SURE and 50%OFF%", "100% SURE and 50%OFF%"),
        ("100%25 %20 %firstname%", "100%25 %20 %firstname%"),
    ],
)
def test_tags_are_translated_and_all_else_is_left(written: str, meant: str) -> None:
    translated = translate_tags(written, custom={"favourite_colour"})
    assert translated == meant
    assert check(translated, custom=["favourite_colour"]) == []


def test_translating_twice_changes_nothing() -> None:
    once = translate_tags("Hi %FIRSTNAME%")
    assert translate_tags(once) == once


def test_a_tag_that_means_nothing_is_found_for_a_warning() -> None:
    assert leftover_tags("Hi %FRISTNAME%, %FIRSTNAME%") == ["%FRISTNAME%"]
