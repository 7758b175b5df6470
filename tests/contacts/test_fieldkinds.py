"""Each kind of field reads what people and their spreadsheets write, and refuses what it cannot hold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from contacts.actions.fields import (
    InvalidField,
    change_field,
    create_field,
    delete_field,
    set_field_value,
)
from contacts.fieldkinds import KINDS, BadValue, Reading, kind_of
from contacts.models import Activity, Contact


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("0", "0"), ("-3", "-3"), ("+7.50", "7.5"), ("1234.5", "1234.5"), ("1,234.5", "1234.5"),
            ("1.234,5", "1234.5"), ("1 234,5", "1234.5"), ("1'234.50", "1234.5"), ("1.234.567", "1234567"),
            ("1,234", "1234"), ("376,35", "376.35"), ("1.234", "1.234"), ("−5", "-5"), ("1\u202f234", "1234"),
        ],
    )  # fmt: skip
    def test_all_ways_of_writing_one(self, text: str, number: str) -> None:
        value = kind_of("number").parse(text)
        assert value.number == Decimal(number)
        assert "E" not in value.text

    @pytest.mark.parametrize("text", ["x", "1.2.3", "12,34,56", "1e5x", "NaN", "Infinity", "9" * 16, "--3", "1,2345.6"])
    def test_what_is_none_is_refused(self, text: str) -> None:
        with pytest.raises(BadValue):
            kind_of("number").parse(text)

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("€472.68", "472.68"), ("376,35", "376.35"), ("EUR 1.234", "1234.00"), ("1.234,50 €", "1234.50"),
            ("$1,000", "1000.00"), ("CHF 5", "5.00"), ("12 kr", "12.00"), ("-€3.5", "-3.50"),
        ],
    )  # fmt: skip
    def test_money_has_signs_and_two_decimals(self, text: str, shown: str) -> None:
        assert kind_of("currency").parse(text).text == shown


class TestDates:
    @pytest.mark.parametrize(
        ("text", "day_first", "day"),
        [
            ("2026-07-30", True, date(2026, 7, 30)), ("30.07.2026", False, date(2026, 7, 30)),
            ("07/30/2026", False, date(2026, 7, 30)), ("30/07/2026", True, date(2026, 7, 30)),
            ("07 May 1978", True, date(1978, 5, 7)), ("May 7, 1978", True, date(1978, 5, 7)),
            ("7. Mai 1978", True, date(1978, 5, 7)), ("3 août 2001", True, date(2001, 8, 3)),
            ("7 de mayo de 1978", True, date(1978, 5, 7)), ("1 juin 2000", True, date(2000, 6, 1)),
            ("2 juillet 2000", True, date(2000, 7, 2)), ("3/4/99", True, date(1999, 4, 3)),
            ("3/4/26", True, date(2026, 4, 3)), ("2026/7/3", True, date(2026, 7, 3)),
        ],
    )  # fmt: skip
    def test_all_ways_of_writing_one(self, text: str, day_first: bool, day: date) -> None:
        assert kind_of("date").parse(text, Reading(day_first=day_first)).date == day

    @pytest.mark.parametrize("text", ["yesterday", "31.02.2026", "2026-13-01", "13/13/2026", "1 Foo 2026", "2026"])
    def test_what_is_none_is_refused(self, text: str) -> None:
        with pytest.raises(BadValue):
            kind_of("date").parse(text)

    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("2026-07-30 19:45:04", datetime(2026, 7, 30, 17, 45, 4, tzinfo=UTC)),
            ("2024-09-22T16:25:25Z", datetime(2024, 9, 22, 16, 25, 25, tzinfo=UTC)),
            ("29/08/2025 09:05", datetime(2025, 8, 29, 7, 5, tzinfo=UTC)),
            ("29.08.2025, 9:05 pm", datetime(2025, 8, 29, 19, 5, tzinfo=UTC)),
            ("2025-08-29", datetime(2025, 8, 28, 22, 0, tzinfo=UTC)),
        ],
    )  # fmt: skip
    def test_moments_are_read_in_the_zone_and_kept_in_utc(self, text: str, moment: datetime) -> None:
        value = kind_of("date_time").parse(text, Reading(zone=ZoneInfo("Europe/Berlin")))
        assert value.at == moment
        assert value.text == moment.strftime("%Y-%m-%d %H:%M")

    @pytest.mark.parametrize("text", ["25:00", "2026-07-30 25:00", "0001-01-01 00:00:00+14:00"])
    def test_a_moment_that_is_none_is_refused(self, text: str) -> None:
        with pytest.raises(BadValue):
            kind_of("date_time").parse(text)


class TestChoices:
    reading = Reading(options=("Free", "Pro", "Team"))

    def test_case_does_not_matter_and_the_options_spelling_is_kept(self) -> None:
        assert kind_of("dropdown").parse("PRO", self.reading).text == "Pro"
        assert kind_of("radio").parse("free", self.reading).text == "Free"
        assert kind_of("multi_select").parse("team, PRO;pro", self.reading).text == "Team; Pro"

    @pytest.mark.parametrize("kind", ["dropdown", "radio", "multi_select"])
    def test_what_is_no_option_is_refused(self, kind: str) -> None:
        with pytest.raises(BadValue):
            kind_of(kind).parse("Gold", self.reading)

    @pytest.mark.parametrize(("text", "shown"), [("X", "yes"), ("TRUE", "yes"), ("0", "no"), ("nein", "no")])
    def test_yes_and_no_in_many_words(self, text: str, shown: str) -> None:
        assert kind_of("checkbox").parse(text).text == shown


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)
class TestEveryKind:
    def test_nothing_is_nothing(self, kind: object) -> None:
        assert kind.parse("").text == ""  # type: ignore[attr-defined]

    def test_what_it_wrote_it_reads_again(self, kind: object) -> None:
        text = {"number": "1234.5", "currency": "3,50", "date": "3.4.2020", "checkbox": "x"}.get(kind.key, "")  # type: ignore[attr-defined]
        text = text or ("2020-01-02 03:04" if kind.key == "date_time" else "Pro")  # type: ignore[attr-defined]
        reading = Reading(options=("Pro",))
        once = kind.parse(text, reading)  # type: ignore[attr-defined]
        assert kind.parse(once.text, reading).text == once.text  # type: ignore[attr-defined]
        field = kind.form_field(("Pro",))  # type: ignore[attr-defined]
        cleaned = field.clean(field.prepare_value(once.text))
        assert kind.parse(cleaned, reading).text == once.text  # type: ignore[attr-defined]


@pytest.mark.django_db
class TestDefinitions:
    def test_a_key_is_made_for_templates_and_stays_when_the_label_changes(self) -> None:
        first = create_field(label="Plan (2026)", by=None, kind="dropdown", options=["Free", "free", " Pro "])
        second = create_field(label="Plan: 2026", by=None)
        assert (first.key, second.key, first.options) == ("plan_2026", "plan_2026_2", ["Free", "Pro"])
        assert create_field(label="名前", by=None).key == "field"
        assert change_field(field=first, by=None, label="Tariff").key == "plan_2026"

    def test_the_same_label_twice_is_refused(self) -> None:
        create_field(label="Plan", by=None)
        with pytest.raises(InvalidField):
            create_field(label="PLAN", by=None)
        with pytest.raises(InvalidField):
            create_field(label="Other", kind="nonsense", by=None)

    def test_a_value_is_typed_logged_once_and_removed_when_empty(self) -> None:
        contact = Contact.objects.create(email="a@example.com")
        field = create_field(label="Spend", kind="currency", by=None)
        kept = set_field_value(contact=contact, field=field, value=" €3,50 ", by=None)
        set_field_value(contact=contact, field=field, value="3.50", by=None)
        assert kept
        assert (kept.text, kept.number) == ("3.50", Decimal("3.50"))
        with pytest.raises(BadValue):
            set_field_value(contact=contact, field=field, value="much", by=None)
        assert set_field_value(contact=contact, field=field, value="", by=None) is None
        entries = Activity.objects.filter(kind="contact.updated").order_by("pk")
        assert [(e.data["field"], e.data["old"], e.data["new"]) for e in entries] == [
            ("fields.spend", "", "3.50"),
            ("fields.spend", "3.50", ""),
        ]
        set_field_value(contact=contact, field=field, value="1", by=None)
        assert delete_field(field=field, by=None) == 1
