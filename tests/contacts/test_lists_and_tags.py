"""Who is on a list and what is tagged: the rules hold one by one and in bulk."""

from __future__ import annotations

import pytest

from contacts.actions.lists import (
    change_list,
    confirm,
    create_list,
    mark_bounced,
    subscribe,
    subscribe_many,
    unsubscribe,
    unsubscribe_from_all,
    unsubscribe_many,
)
from contacts.actions.tags import (
    InvalidTag,
    TagTaken,
    add_tag,
    delete_tag,
    merge_tags,
    remove_tag,
    rename_tag,
    tag_many,
    untag_many,
)
from contacts.models import Activity, Contact, ContactTag, MailingList, Tag, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice@example.com", role="marketer")


@pytest.fixture
def news() -> MailingList:
    return MailingList.objects.create(name="News")


@pytest.fixture
def people() -> list[Contact]:
    return [Contact.objects.create(email=f"{name}@example.com") for name in ("ann", "bob", "cid")]


def kinds_of(contact: Contact) -> list[str]:
    return list(Activity.objects.filter(contact=contact).order_by("pk").values_list("kind", flat=True))


class TestSubscribing:
    def test_a_new_contact_joins_and_the_log_says_so_once(
        self, alice: User, news: MailingList, people: list[Contact]
    ) -> None:
        first = subscribe(contact=people[0], mailing_list=news, by=alice, source="manual")
        again = subscribe(contact=people[0], mailing_list=news, by=alice, source="other")
        assert first.status == again.status == "active"
        assert first.subscribed_at == again.subscribed_at
        assert again.source == "manual"
        entry = Activity.objects.get(contact=people[0])
        assert (entry.kind, entry.by, entry.data["list_id"]) == ("list.subscribed", alice, news.pk)

    @pytest.mark.parametrize("how", ["unsubscribed", "bounced"])
    def test_who_left_or_bounced_never_comes_back_unless_forced(
        self, how: str, news: MailingList, people: list[Contact]
    ) -> None:
        ann = people[0]
        subscribe(contact=ann, mailing_list=news, by=None, source="form")
        if how == "bounced":
            mark_bounced(contact=ann, by=None, reason="550 no such user")
        else:
            unsubscribe(contact=ann, mailing_list=news, by=None, reason="link")
        assert subscribe(contact=ann, mailing_list=news, by=None, source="import").status == how
        assert subscribe_many(contact_ids=[ann.pk], mailing_list=news, by=None, source="import") == 0
        assert subscribe(contact=ann, mailing_list=news, by=None, source="form", force=True).status == "active"

    def test_double_opt_in_becomes_active_by_the_persons_word(self, news: MailingList, people: list[Contact]) -> None:
        asked = subscribe(contact=people[0], mailing_list=news, by=None, source="form", confirmed=False)
        assert (asked.status, asked.subscribed_at) == ("unconfirmed", None)
        assert confirm(subscription=asked).status == "active"
        confirm(subscription=asked)
        assert kinds_of(people[0]) == ["list.requested", "list.confirmed", "list.subscribed"]

    def test_asking_again_for_confirmation_does_not_put_an_active_contact_back(
        self, news: MailingList, people: list[Contact]
    ) -> None:
        subscribe(contact=people[0], mailing_list=news, by=None, source="form")
        asked = subscribe(contact=people[0], mailing_list=news, by=None, source="form", confirmed=False)
        assert asked.status == "active"

    def test_many_join_in_a_constant_number_of_queries(
        self, news: MailingList, people: list[Contact], django_assert_max_num_queries: object
    ) -> None:
        with django_assert_max_num_queries(6):  # type: ignore[operator]
            joined = subscribe_many(
                contact_ids=[person.pk for person in people], mailing_list=news, by=None, source="bulk", hops=2
            )
        assert joined == 3
        assert set(Activity.objects.values_list("kind", "hops")) == {("list.subscribed", 2)}


class TestLeaving:
    def test_leaving_says_why_and_twice_changes_nothing(self, news: MailingList, people: list[Contact]) -> None:
        subscribe(contact=people[0], mailing_list=news, by=None, source="form")
        left = unsubscribe(contact=people[0], mailing_list=news, by=None, reason="one-click")
        again = unsubscribe(contact=people[0], mailing_list=news, by=None, reason="page")
        assert left and again
        assert (again.status, again.reason, again.unsubscribed_at) == (
            "unsubscribed",
            "one-click",
            left.unsubscribed_at,
        )
        assert kinds_of(people[0]) == ["list.subscribed", "list.unsubscribed"]

    def test_who_was_never_on_the_list_leaves_nothing_behind(self, news: MailingList, people: list[Contact]) -> None:
        assert unsubscribe(contact=people[0], mailing_list=news, by=None, reason="x") is None
        assert kinds_of(people[0]) == []

    def test_everything_means_every_list(self, news: MailingList, people: list[Contact]) -> None:
        other = create_list(name="Offers", by=None)
        for mailing_list in (news, other):
            subscribe_many(contact_ids=[p.pk for p in people], mailing_list=mailing_list, by=None, source="form")
        assert unsubscribe_from_all(contact=people[0], by=None, reason="page") == 2
        assert unsubscribe_many(contact_ids=[p.pk for p in people], mailing_list=news, by=None, reason="staff") == 2

    def test_a_bounce_does_not_overwrite_an_unsubscription(self, news: MailingList, people: list[Contact]) -> None:
        subscribe(contact=people[0], mailing_list=news, by=None, source="form")
        unsubscribe(contact=people[0], mailing_list=news, by=None, reason="page")
        assert mark_bounced(contact=people[0], by=None, reason="550") == 0


def test_a_list_is_made_once_and_its_changes_are_in_the_log(alice: User) -> None:
    made = create_list(name="VIP", by=alice, double_opt_in=True)
    assert create_list(name="VIP", by=alice) == made
    change_list(mailing_list=made, by=alice, name="VIPs", double_opt_in=True)
    change_list(mailing_list=made, by=alice, name="VIPs")
    assert list(Activity.objects.order_by("pk").values_list("kind", flat=True)) == ["list.created", "list.changed"]


class TestTags:
    def test_a_tag_is_the_same_whatever_its_case(self, people: list[Contact]) -> None:
        add_tag(contact=people[0], name="  Early   Bird ", by=None)
        add_tag(contact=people[0], name="early bird", by=None)
        assert [tag.name for tag in people[0].tags.all()] == ["Early Bird"]
        assert kinds_of(people[0]) == ["tag.added"]
        assert remove_tag(contact=people[0], name="EARLY BIRD", by=None)
        assert not remove_tag(contact=people[0], name="EARLY BIRD", by=None)
        assert kinds_of(people[0]) == ["tag.added", "tag.removed"]

    @pytest.mark.parametrize("name", ["", "  ", "a" * 101, "a\x00b", "a\u202eb"])
    def test_a_name_that_cannot_be_read_is_refused(self, name: str, people: list[Contact]) -> None:
        with pytest.raises(InvalidTag):
            add_tag(contact=people[0], name=name, by=None)

    def test_many_are_tagged_and_untagged_at_once(self, people: list[Contact]) -> None:
        ids = [person.pk for person in people]
        assert tag_many(contact_ids=ids, names=["a", "B", "b"], by=None) == 6
        assert tag_many(contact_ids=ids, names=["A"], by=None) == 0
        assert untag_many(contact_ids=ids[:2], names=["A", "gone"], by=None) == 2

    def test_renaming_keeps_the_contacts_and_refuses_a_taken_name(self, people: list[Contact]) -> None:
        tag = add_tag(contact=people[0], name="a", by=None)
        add_tag(contact=people[0], name="b", by=None)
        rename_tag(tag=tag, name="A", by=None)
        with pytest.raises(TagTaken):
            rename_tag(tag=tag, name="B", by=None)
        assert sorted(people[0].tags.values_list("name", flat=True)) == ["A", "b"]

    def test_merging_tells_how_many_it_touched_and_starts_nothing(self, people: list[Contact]) -> None:
        ids = [person.pk for person in people]
        tag_many(contact_ids=ids[:2], names=["old"], by=None)
        tag_many(contact_ids=ids[1:], names=["new"], by=None)
        old, new = Tag.objects.get(name="old"), Tag.objects.get(name="new")
        entries = Activity.objects.filter(kind="tag.added").count()
        assert merge_tags(tag=old, into=new, by=None) == 2
        assert ContactTag.objects.filter(tag=new).count() == 3
        assert Activity.objects.filter(kind="tag.added").count() == entries
        assert delete_tag(tag=new, by=None) == 3
        assert not Tag.objects.exists()
