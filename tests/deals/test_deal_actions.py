"""Deals: one mover wins, closing is once, and the log belongs to the primary contact."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from django.db import connection

from contacts.models import Activity, Contact
from deals.actions.deals import (
    StageMoved,
    delete_deal,
    lose_deal,
    move_deal,
    reopen_deal,
    set_deal_owner,
    set_value,
    update_deal,
    win_deal,
)
from deals.actions.participants import add_contact, make_primary, remove_contact
from deals.models import Deal, DealContact, Stage
from tests.deals.conftest import Trade, make_trade


def kinds_of(contact: Contact) -> list[str]:
    return list(Activity.objects.filter(contact=contact).order_by("pk").values_list("kind", flat=True))


def test_a_new_deal_takes_its_contacts_account_and_its_pipelines_currency(trade: Trade) -> None:
    deal = trade.deal()
    assert (deal.account, deal.currency, deal.status) == (trade.account, "EUR", "open")
    assert deal.deal_contacts.get().is_primary
    entry = Activity.objects.get(contact=trade.amelia)
    assert (entry.kind, entry.account, entry.by) == ("deal.created", trade.account, trade.sally)
    assert entry.data["amount"] == "€14,900"
    assert entry.data["stage"] == "Lead"


def test_a_move_is_logged_once_with_where_from_and_where_to(trade: Trade) -> None:
    deal = trade.deal()
    for _ in range(2):
        deal = move_deal(deal=deal, to=trade.offer, by=trade.sally)
    assert kinds_of(trade.amelia) == ["deal.created", "deal.stage_changed"]
    data = Activity.objects.get(kind="deal.stage_changed").data
    assert (data["from_stage"], data["stage"], data["deal_id"]) == ("Lead", "Offer", deal.pk)


def test_the_second_of_two_movers_is_told(trade: Trade) -> None:
    deal = trade.deal()
    move_deal(deal=deal, to=trade.offer, expected=trade.lead, by=trade.sally)
    with pytest.raises(StageMoved) as refusal:
        move_deal(deal=deal, to=trade.contract, expected=trade.lead, by=trade.sally)
    assert refusal.value.deal.stage == trade.offer


def test_a_closed_deal_stays_where_it_is_until_it_is_opened_again(trade: Trade) -> None:
    deal = win_deal(deal=trade.deal(), by=trade.sally)
    assert deal.closed_at is not None
    win_deal(deal=deal, by=trade.sally)
    with pytest.raises(StageMoved):
        move_deal(deal=deal, to=trade.offer, by=trade.sally)
    deal = lose_deal(deal=deal, reason="Too dear", by=trade.sally)
    assert (deal.status, deal.lost_reason) == ("lost", "Too dear")
    deal = reopen_deal(deal=deal, by=trade.sally)
    assert (deal.status, deal.lost_reason, deal.closed_at) == ("open", "", None)
    assert kinds_of(trade.amelia) == ["deal.created", "deal.won", "deal.lost", "deal.reopened"]


def test_value_owner_and_title_are_logged_only_when_they_change(trade: Trade) -> None:
    deal = trade.deal()
    for _ in range(2):
        set_value(deal=deal, value=Decimal("15000.50"), by=trade.sally)
        set_deal_owner(deal=deal, owner=None, by=trade.sally)
        update_deal(deal=deal, field="title", value="Fleet 2027", by=trade.sally)
    assert kinds_of(trade.amelia)[1:] == ["deal.value_changed", "deal.owner_changed", "deal.updated"]
    assert Activity.objects.get(kind="deal.value_changed").data["amount"] == "€15,000.50"


def test_there_is_one_primary_contact_as_long_as_there_is_any(trade: Trade) -> None:
    deal = trade.deal()
    bob = Contact.objects.create(email="bob@example.com")
    add_contact(deal=deal, contact=bob, role="Buyer", by=trade.sally)
    add_contact(deal=deal, contact=bob, by=trade.sally)
    assert DealContact.objects.filter(deal=deal).count() == 2
    make_primary(deal=deal, contact=bob, by=trade.sally)
    assert DealContact.objects.get(deal=deal, is_primary=True).contact == bob
    remove_contact(deal=deal, contact=bob, by=trade.sally)
    assert DealContact.objects.get(deal=deal, is_primary=True).contact == trade.amelia
    with pytest.raises(DealContact.DoesNotExist):
        make_primary(deal=deal, contact=bob, by=trade.sally)


def test_a_deleted_deal_leaves_its_people_and_an_entry(trade: Trade) -> None:
    deal = trade.deal()
    for _ in range(2):
        delete_deal(deal=deal, by=trade.sally)
    assert not Deal.objects.exists()
    assert kinds_of(trade.amelia) == ["deal.created", "deal.deleted"]


@pytest.mark.django_db(transaction=True)
def test_of_two_movers_at_the_same_moment_one_wins() -> None:
    trade = make_trade()
    deal = trade.deal()
    outcomes: list[str] = []
    barrier = threading.Barrier(2)

    def move(to: Stage) -> None:
        barrier.wait()
        try:
            move_deal(deal=deal, to=to, expected=trade.lead, by=trade.sally)
            outcomes.append("moved")
        except StageMoved:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=move, args=(stage,)) for stage in (trade.offer, trade.contract)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["moved", "told"]
    assert Activity.objects.filter(kind="deal.stage_changed").count() == 1
