"""The activity stream: plain words, days, pages by key, and nothing that somebody typed is ever markup."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from contacts.actions.contacts import create_contact
from contacts.activity import ActivityKind, Entry, record_many, register
from contacts.models import Activity, Contact
from contacts.stream import Cursor, say
from tests.fixtures.world import World

register(
    ActivityKind(
        "test.happened", "Moved {thing} to {place}", "tag", "green", lambda data: data.get("url"), "was {old}"
    ),
    ActivityKind("test.said", "{who} said {words}"),
)


@pytest.fixture
def ada(db: None) -> Contact:
    contact: Contact = Contact.objects.create(email="ada@example.com", first_name="Ada")
    return contact


def entry(kind: str, **data: object) -> Activity:
    return Activity(kind=kind, data=data, occurred_at=timezone.now())


def test_a_sentence_sets_its_facts_apart_and_leads_where_it_speaks_of() -> None:
    line = say(entry("test.happened", thing="a", place="b", url="/x/", old="c"))
    assert line.sentence == 'Moved <a class="plain" href="/x/"><strong>a</strong></a> to <strong>b</strong>'
    assert line.note == "was c"


def test_what_is_missing_reads_as_a_dash_and_an_unfillable_note_is_left_out() -> None:
    line = say(entry("test.happened", thing="", place=None))
    assert line.sentence == "Moved <strong>—</strong> to <strong>—</strong>"
    assert line.note == ""


def test_an_unknown_kind_reads_as_its_key() -> None:
    assert say(entry("gone.thing_done")).sentence == "Gone thing done"


def test_an_entry_says_by_whom_or_by_which_automation(world: World) -> None:
    mine = entry("test.happened", thing="a", place="b")
    mine.by = world.sam
    assert say(mine).note == "by Sam Example"
    assert say(entry("test.happened", automation_name="Welcome")).note == "by automation “Welcome”"
    assert say(entry("test.said", words="hi")).sentence == "<strong>Somebody</strong> said <strong>hi</strong>"


def test_what_somebody_typed_is_never_markup() -> None:
    line = say(entry("test.happened", thing="<script>", place="{who}", url='"><script>', old="<b>"))
    assert "<script>" not in line.sentence
    assert "{who}" in line.sentence
    assert line.note == "was &lt;b&gt;"


def test_a_cursor_survives_its_way_through_an_address() -> None:
    cursor = Cursor(datetime(2026, 11, 23, 7, 1, 2, 345678, tzinfo=UTC), 42)
    assert Cursor.read(str(cursor)) == cursor
    for nonsense in ("", "x", "1", "1.x", "9" * 30 + ".1", "-1.1"):
        assert Cursor.read(nonsense) is None


def test_the_stream_goes_on_where_the_page_ended_even_within_one_instant(as_charlie: Client, ada: Contact) -> None:
    moment = timezone.now()
    record_many(
        (Entry("test.happened", ada.pk, data={"thing": f"n{n}", "place": "p"}, occurred_at=moment) for n in range(70)),
        by=None,
    )
    seen: list[str] = []
    url: str | None = f"/contacts/stream/contact/{ada.pk}/"
    while url:
        page = as_charlie.get(url).content.decode()
        seen += re.findall(r"<strong>(n\d+)</strong>", page)
        found = re.search(r'hx-get="([^"]+before=[^"]+)"', page)
        url = found.group(1).replace("&amp;", "&") if found else None
    assert seen == [f"n{n}" for n in reversed(range(70))]


def test_a_day_is_headed_once_also_across_pages(as_charlie: Client, ada: Contact) -> None:
    moment = timezone.now().replace(hour=12) - timedelta(days=2)
    record_many((Entry("test.happened", ada.pk, occurred_at=moment + timedelta(seconds=n)) for n in range(40)), by=None)
    first = as_charlie.get(f"/contacts/stream/contact/{ada.pk}/").content.decode()
    found = re.search(r'hx-get="([^"]+before=[^"]+)"', first)
    assert found
    second = as_charlie.get(found.group(1)).content.decode()
    assert (first.count("stream-day"), second.count("stream-day")) == (1, 0)
    assert second.count("stream-item") == 10


def test_a_stream_is_narrowed_to_a_topic(as_charlie: Client, world: World) -> None:
    contact = create_contact(email="grace@example.com", by=world.sam)
    record_many([Entry("test.happened", contact.pk)], by=None)
    page = as_charlie.get(f"/contacts/stream/contact/{contact.pk}/?topic=contact").content.decode()
    assert "Contact created" in page
    assert 'data-kind="test.happened"' not in page
