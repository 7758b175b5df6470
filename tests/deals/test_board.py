"""The board: totals of whole columns, cards in slices, moves that say what became of them, constant queries."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from deals import board
from deals.actions.deals import lose_deal, move_deal, set_deal_owner, win_deal
from deals.models import Deal, Stage
from tests.deals.conftest import Trade
from tests.fixtures.world import World

FETCH = {"X-Requested-With": "fetch"}


def page(client: Client, **params: str | int) -> str:
    response = client.get("/deals/", params)
    assert response.status_code == 200
    return response.content.decode()


def cards(html: str) -> list[str]:
    return re.findall(r'class="plain strong wrap" href="/deals/\d+/">([^<]+)<', html)


def head(html: str, stage: Stage) -> tuple[str, str]:
    count = re.search(rf'data-total-count="{stage.pk}">([^<]*)<', html)
    worth = re.search(rf'data-total-worth="{stage.pk}">([^<]*)<', html)
    assert count
    assert worth
    return count.group(1), worth.group(1)


def move(client: Client, deal: Deal, seen: Stage, to: Stage) -> dict[str, Any]:
    response = client.post(f"/deals/{deal.pk}/move/?from={seen.pk}", {"to": to.pk}, headers=FETCH)
    assert response.status_code == 204
    told: dict[str, Any] = json.loads(response["HX-Trigger"])["deal-moved"]
    return told


def test_without_a_pipeline_the_board_says_what_to_do(as_alice: Client, as_sam: Client) -> None:
    assert "/deals/pipelines/new/" in page(as_alice)
    assert "/deals/pipelines/new/" not in page(as_sam)


def test_columns_show_open_deals_and_their_totals(as_charlie: Client, trade: Trade) -> None:
    trade.deal("Fleet", 1000)
    trade.deal("Service", 500)
    trade.deal("Leasing", 250, trade.offer)
    win_deal(deal=trade.deal("Won one"), by=None)
    lose_deal(deal=trade.deal("Lost one"), by=None)
    html = page(as_charlie)
    assert cards(html) == ["Service", "Fleet", "Leasing"]
    assert head(html, trade.lead) == ("2", "€1,500")
    assert head(html, trade.offer) == ("1", "€250")
    assert head(html, trade.contract) == ("0", "€0")
    assert "data-sortable" not in html  # Charlie only looks


def test_the_board_is_narrowed_by_words_and_owner(as_sam: Client, trade: Trade, world: World) -> None:
    trade.deal("Fleet")
    mine = trade.deal("Service")
    set_deal_owner(deal=mine, owner=world.sam, by=None)
    assert cards(page(as_sam, owner=world.sam.pk)) == ["Service"]
    assert cards(page(as_sam, owner="none")) == []
    assert cards(page(as_sam, q="northwind flee")) == ["Fleet"]


def test_a_long_column_goes_on_where_it_stopped(as_sam: Client, trade: Trade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "SLICE", 3)
    for n in range(7):
        trade.deal(f"Deal {n}")
    html = page(as_sam)
    assert cards(html) == ["Deal 6", "Deal 5", "Deal 4"]
    assert head(html, trade.lead)[0] == "7"
    more = re.search(r'hx-get="(/deals/stages/\d+/cards/\?after=\d+)"', html)
    assert more
    rest = as_sam.get(more.group(1)).content.decode()
    assert cards(rest) == ["Deal 3", "Deal 2", "Deal 1"]


def test_a_move_answers_with_where_the_deal_is_and_the_new_totals(as_sam: Client, trade: Trade) -> None:
    deal = trade.deal("Fleet", 1000)
    told = move(as_sam, deal, trade.lead, trade.offer)
    assert (told["stage"], told["refusal"]) == (trade.offer.pk, "")
    assert told["totals"] == [{"stage": trade.offer.pk, "count": 1, "worth": "€1,000"}]
    assert told["url"] == f"/deals/{deal.pk}/move/?from={trade.offer.pk}"


def test_who_comes_second_is_told_where_the_deal_is(as_sam: Client, trade: Trade) -> None:
    deal = trade.deal()
    move_deal(deal=deal, to=trade.contract, by=None)
    told = move(as_sam, deal, trade.lead, trade.offer)
    assert told["stage"] == trade.contract.pk
    assert "Somebody else" in told["refusal"]
    win_deal(deal=deal, by=None)
    assert move(as_sam, deal, trade.contract, trade.offer)["stage"] is None


def test_without_scripts_a_move_leads_back(as_sam: Client, trade: Trade) -> None:
    deal = trade.deal()
    response = as_sam.post(f"/deals/{deal.pk}/move/?from={trade.lead.pk}", {"to": trade.offer.pk})
    assert response["Location"] == "/deals/"
    assert Deal.objects.get().stage == trade.offer


@pytest.mark.parametrize("to", ["", "x", "0", "99999999999999999999"])
def test_there_is_no_stage_that_does_not_exist(as_sam: Client, trade: Trade, to: str) -> None:
    assert as_sam.post(f"/deals/{trade.deal().pk}/move/", {"to": to}).status_code == 404


def test_read_only_users_move_nothing(as_charlie: Client, trade: Trade) -> None:
    deal = trade.deal()
    assert as_charlie.post(f"/deals/{deal.pk}/move/", {"to": trade.offer.pk}).status_code == 403
    assert Deal.objects.get().stage == trade.lead


def test_the_number_of_queries_does_not_grow_with_the_deals(
    as_sam: Client, trade: Trade, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    trade.deal()
    page(as_sam)
    with CaptureQueriesContext(connection) as few:
        page(as_sam)
    for n in range(30):
        trade.deal(f"Deal {n}", stage=(trade.lead, trade.offer, trade.contract)[n % 3])
    with django_assert_num_queries(len(few)):
        page(as_sam)


def test_the_table_lists_closed_deals_too_and_pages_by_key(as_charlie: Client, trade: Trade) -> None:
    for n in range(55):
        trade.deal(f"Deal {n:02}", value=n)
    win_deal(deal=trade.deal("Won one"), by=None)
    rows = re.compile(r'class="person-name" href="/deals/\d+/">([^<]+)<')
    first = as_charlie.get("/deals/table/?sort=value").content.decode()
    assert rows.findall(first)[:2] == ["Deal 54", "Deal 53"]
    found = re.search(r'href="([^"]+)" rel="next"', first)
    assert found
    second = as_charlie.get(found.group(1).replace("&amp;", "&")).content.decode()
    assert len(set(rows.findall(first) + rows.findall(second))) == 55
    assert rows.findall(as_charlie.get("/deals/table/?status=won").content.decode()) == ["Won one"]
