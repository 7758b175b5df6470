"""Changing many contacts at once: those picked, or all that match, in slices that a dead worker does not lose."""

from __future__ import annotations

import pytest
from django.test import Client

from contacts import bulk, jobs
from contacts.actions.contacts import create_contact
from contacts.actions.lists import create_list, subscribe, unsubscribe
from contacts.actions.tags import add_tag
from contacts.models import Activity, Contact, ContactTag, Job, Subscription
from contacts.selection import Selection
from tests.fixtures.world import World


def crowd(number: int) -> list[int]:
    Contact.objects.bulk_create(Contact(email=f"p{n}@crowd.example") for n in range(number))
    return list(Contact.objects.order_by("pk").values_list("pk", flat=True))


def test_a_tag_is_put_on_those_who_were_picked(as_bob: Client, world: World) -> None:
    ids = crowd(5)
    response = as_bob.post("/contacts/bulk/", {"do": "tag", "tag": "vip", "ids": ids[:2], "next": "/contacts/?q=p"})
    assert response["Location"] == "/contacts/?q=p"
    assert set(ContactTag.objects.values_list("contact", flat=True)) == set(ids[:2])
    assert Activity.objects.filter(kind="tag.added", by=world.bob).count() == 2


def test_all_that_match_means_the_filter_and_not_the_page(as_bob: Client) -> None:
    crowd(60)
    create_contact(email="other@example.com", by=None)
    as_bob.post("/contacts/bulk/", {"do": "tag", "tag": "vip", "all_matching": "1", "query": "q=crowd"})
    assert ContactTag.objects.count() == 60
    as_bob.post("/contacts/bulk/", {"do": "untag", "tag": "VIP", "all_matching": "1", "query": "q=p7@"})
    assert ContactTag.objects.count() == 59


def test_a_bulk_subscription_leaves_those_who_left(as_bob: Client) -> None:
    ids = crowd(3)
    news = create_list(name="News", by=None)
    left = Contact.objects.get(pk=ids[0])
    subscribe(contact=left, mailing_list=news, by=None, source="test")
    unsubscribe(contact=left, mailing_list=news, by=None, reason="link")
    as_bob.post("/contacts/bulk/", {"do": "subscribe", "list": news.pk, "ids": ids})
    assert Subscription.objects.filter(status="active").count() == 2
    assert Subscription.objects.get(contact=left).status == "unsubscribed"


def test_what_cannot_be_done_changes_nothing_and_says_so(as_bob: Client) -> None:
    ids = crowd(1)
    for data in ({"do": "tag", "tag": " "}, {"do": "subscribe", "list": "7"}, {"do": "explode"}):
        response = as_bob.post("/contacts/bulk/", {**data, "ids": ids}, follow=True)
        assert response.context["messages"]
    assert not ContactTag.objects.exists()


@pytest.mark.parametrize("next_url", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_nobody_is_led_away(as_bob: Client, next_url: str) -> None:
    response = as_bob.post("/contacts/bulk/", {"do": "tag", "tag": "x", "next": next_url})
    assert response["Location"] == "/contacts/"


def test_sales_may_not_change_many(as_sam: Client) -> None:
    assert as_sam.post("/contacts/bulk/", {"do": "tag", "tag": "x"}).status_code == 403


def test_more_than_one_slice_becomes_a_job_that_ends_with_all_of_them(
    as_bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "SLICE", 4)
    monkeypatch.setattr("contacts.views.overview.SLICE", 4)
    crowd(11)
    response = as_bob.post("/contacts/bulk/", {"do": "tag", "tag": "vip", "all_matching": "1", "query": ""})
    job = Job.objects.get()
    assert response["Location"] == job.get_absolute_url()
    assert (job.title, job.total) == ("Add tag “vip”", 11)
    create_contact(email="later@example.com", by=None)
    assert jobs.run_next()
    job.refresh_from_db()
    assert (job.state, job.done, job.result["changed"]) == ("done", 11, 11)
    assert ContactTag.objects.count() == 11


def test_a_job_goes_on_behind_the_last_slice_of_a_dead_worker(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "SLICE", 4)
    ids = crowd(10)
    job = bulk.start_change(key="untag", value="vip", selection=Selection({}), by=world.bob)
    for pk in ids:
        add_tag(contact=Contact.objects.get(pk=pk), name="vip", by=None)
    Job.objects.filter(pk=job.pk).update(result={"last": ids[3], "changed": 4}, done=4)
    assert jobs.run_next()
    job.refresh_from_db()
    assert (job.done, job.result["changed"]) == (10, 10)
    assert set(ContactTag.objects.values_list("contact", flat=True)) == set(ids[:4])


def test_a_job_of_somebody_who_lost_the_right_changes_nothing(world: World) -> None:
    crowd(3)
    job = bulk.start_change(key="tag", value="vip", selection=Selection({}), by=world.bob)
    world.bob.role = "read_only"
    world.bob.save()
    assert jobs.run_next()
    job.refresh_from_db()
    assert job.state == "failed"
    assert not ContactTag.objects.exists()
