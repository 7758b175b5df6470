"""Opens and clicks: taken by links of our own, judged, counted once, whatever dies on the way."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
import redis
from django.db import connection
from django.test import Client
from django.utils import timezone

from contacts.models import Activity
from messaging import draining, tracking
from messaging.actions.engagement import record_hits
from messaging.draining import drain_hits
from messaging.models import Hit, MailingLink, MailingStats, Message
from messaging.tokens import message_token
from tests.messaging.outbox_rows import LINKS, make_contact, make_mailing, make_message

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"


@pytest.fixture
def reader() -> Client:
    """Somebody with a mail program, signed in nowhere."""
    return Client(headers={"user-agent": FIREFOX})


def drain() -> int:
    """Write all hits, also those of this moment."""
    return drain_hits(settle_seconds=-1)


def stats_of(message: Message) -> MailingStats:
    return MailingStats.objects.get(mailing=message.mailing_id)


def test_an_open_is_counted_and_told_once(reader: Client) -> None:
    message = make_message()
    for _ in range(3):
        response = reader.get(f"/e/o/{message_token(message.pk)}.gif")
        assert response.status_code == 200
        assert response["Content-Type"] == "image/gif"
    assert drain() == 3
    message.refresh_from_db()
    assert message.opened_at is not None
    assert message.open_count == 3
    assert message.contact is not None
    assert message.contact.last_seen_at is not None
    stats = stats_of(message)
    assert (stats.opened, stats.opens_total, stats.machine_opens) == (1, 3, 0)
    assert Activity.objects.filter(kind="email.opened", contact=message.contact_id).count() == 1


def test_a_click_leads_to_the_stored_url_and_counts_an_open_too(reader: Client) -> None:
    message = make_message()
    response = reader.get(f"/e/c/{message_token(message.pk)}/2")
    assert (response.status_code, response["Location"]) == (302, LINKS[1])
    drain()
    message.refresh_from_db()
    stats = stats_of(message)
    assert message.opened_at is not None
    assert message.clicked_at is not None
    assert (stats.opened, stats.clicked, stats.clicks_total) == (1, 1, 1)
    told = Activity.objects.get(kind="email.clicked", contact=message.contact_id)
    assert told.data["url"] == LINKS[1]


def test_a_hit_is_answered_at_once_and_kept_by_no_cache(reader: Client) -> None:
    token = message_token(make_message().pk)
    for path, size in ((f"/e/o/{token}.gif", "42"), (f"/e/c/{token}/1", "0")):
        response = reader.get(path)
        assert response["Content-Length"] == size
        assert "no-store" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Request-Id"]
        assert not response.cookies and "Vary" not in response
        # Only asking is answered so; a form has nothing to say here.
        assert reader.post(path).status_code == 405
    assert drain() == 2


def test_a_link_counts_people_and_clicks_apart(reader: Client) -> None:
    mailing = make_mailing()
    for email in ("ada@example.com", "grace@example.com"):
        message = make_message(mailing=mailing, contact=make_contact(email))
        for _ in range(2):
            reader.get(f"/e/c/{message_token(message.pk)}/1")
    drain()
    link = MailingLink.objects.get(mailing=mailing, number=1)
    assert (link.unique_clicks, link.total_clicks, link.machine_clicks) == (2, 4, 0)
    reader.get(f"/e/c/{message_token(message.pk)}/1")
    drain()
    link.refresh_from_db()
    assert (link.unique_clicks, link.total_clicks) == (2, 5)


def test_machines_are_kept_apart_and_start_nothing() -> None:
    message = make_message()
    Client(headers={"user-agent": "Mozilla/5.0"}).get(f"/e/o/{message_token(message.pk)}.gif")
    Client(headers={"user-agent": "curl/8"}).get(f"/e/c/{message_token(message.pk)}/1")
    drain()
    message.refresh_from_db()
    stats = stats_of(message)
    assert (message.opened_at, message.open_count, message.clicked_at) == (None, 0, None)
    assert (stats.opened, stats.machine_opens, stats.machine_clicks) == (0, 1, 1)
    assert MailingLink.objects.get(mailing=message.mailing_id, number=1).machine_clicks == 1
    assert not Activity.objects.filter(kind__startswith="email.").exists()
    assert message.contact is not None
    assert message.contact.last_seen_at is None
    assert set(Hit.objects.values_list("verdict", flat=True)) == {"apple_privacy", "scanner"}


def test_a_scanner_that_follows_all_links_at_once_is_no_reader(reader: Client) -> None:
    message = make_message()
    for number in (1, 2, 3):
        reader.get(f"/e/c/{message_token(message.pk)}/{number}")
    drain()
    message.refresh_from_db()
    assert message.clicked_at is None
    assert Hit.objects.filter(is_machine=True).count() == 3


def test_the_hidden_link_gives_its_follower_away(reader: Client) -> None:
    message = make_message()
    assert reader.get(f"/e/c/{message_token(message.pk)}/0").status_code == 204
    reader.get(f"/e/c/{message_token(message.pk)}/1")
    drain()
    message.refresh_from_db()
    assert message.clicked_at is None


def test_a_head_request_redirects_but_is_a_machine(reader: Client) -> None:
    message = make_message()
    assert reader.head(f"/e/c/{message_token(message.pk)}/1").status_code == 302
    drain()
    assert Hit.objects.get().verdict == "head_request"


def test_a_click_right_after_sending_is_a_machine(reader: Client) -> None:
    message = make_message(sent_at=timezone.now() - timedelta(seconds=2))
    reader.get(f"/e/c/{message_token(message.pk)}/1")
    drain()
    assert Hit.objects.get().verdict == "too_soon"


@pytest.mark.parametrize("path", ["/e/o/{}.gif", "/e/c/{}/1"])
def test_a_token_that_is_not_ours_reveals_and_records_nothing(reader: Client, path: str) -> None:
    good = message_token(make_message().pk)
    forged = good[:-1] + ("A" if good[-1] != "A" else "B")
    answers = [reader.get(path.format(token)) for token in (forged, "x", "A" * 24, "A" * 200)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert drain() == 0


def test_there_is_no_open_redirect(reader: Client) -> None:
    token = message_token(make_message().pk)
    for path in (f"/e/c/{token}/9", f"/e/c/{token}/1?url=https://evil.test", f"/e/c/{token}/https://evil.test"):
        assert "evil" not in reader.get(path).headers.get("Location", "")
    assert reader.get(f"/e/c/{token}/9").status_code == 404


def test_only_the_network_is_kept_of_an_address() -> None:
    assert tracking.network_of("192.0.2.77") == "192.0.2.0/24"
    assert tracking.network_of("2001:db8:1:2::5") == "2001:db8:1::/48"
    assert tracking.network_of("::ffff:192.0.2.77") == "192.0.2.0/24"
    assert tracking.network_of("nonsense") == ""


def test_a_drain_that_died_before_it_tidied_up_counts_nothing_twice(
    reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = make_message()
    reader.get(f"/e/o/{message_token(message.pk)}.gif")

    def die(hits: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tracking, "forget", die)
    with pytest.raises(KeyboardInterrupt):
        drain()
    monkeypatch.undo()
    assert drain() == 0
    assert stats_of(message).opens_total == 1
    assert Hit.objects.count() == 1
    assert tracking.settled(settle_seconds=-1) == []


def test_a_second_drain_leaves_the_work_to_the_first(reader: Client) -> None:
    reader.get(f"/e/o/{message_token(make_message().pk)}.gif")
    assert tracking.start_drain("another")
    assert drain() == 0
    tracking.end_drain()
    assert drain() == 1


def test_hits_settle_before_they_are_judged(reader: Client) -> None:
    reader.get(f"/e/o/{message_token(make_message().pk)}.gif")
    assert drain_hits() == 0
    assert drain() == 1


def test_without_redis_a_redirect_still_works_and_the_hit_is_kept(
    reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = make_message()
    nowhere = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    monkeypatch.setattr(tracking, "_redis", lambda: nowhere)
    response = reader.get(f"/e/c/{message_token(message.pk)}/1")
    assert response["Location"] == LINKS[0]
    assert stats_of(message).clicked == 1
    assert Hit.objects.get().kind == "click"


def test_hits_of_messages_that_are_gone_are_dropped() -> None:
    assert record_hits(hits=[tracking.RawHit(987654, "open", timezone.now(), buffer_id="1-0")]) == 0
    draining.take(tracking.RawHit(987654, "open", timezone.now()))
    assert drain() == 0
    assert tracking.settled(settle_seconds=-1) == []


@pytest.mark.django_db(transaction=True)
def test_a_click_over_a_connection_that_the_server_has_ended_is_answered_all_the_same(reader: Client) -> None:
    message = make_message()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ended = cursor.fetchone()[0]
    asked = {name: connection.settings_dict[name] for name in ("HOST", "USER")}
    with psycopg.connect(host=asked["HOST"], user=asked["USER"], dbname="postgres", autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [ended])
    answer = reader.get(f"/e/c/{message_token(message.pk)}/1")
    assert answer.status_code == 302
