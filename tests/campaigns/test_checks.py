"""The checks before a campaign is sent: one row for each that can be found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from campaigns.checks import CLIPPED_AT, CampaignFacts, Place, blocking, check_campaign
from messaging import blocks
from messaging.liquid import TemplateProblem

WORDS = "Spring is here and with it the time to have your bicycle looked after. " * 5
LINKS = '<a href="https://example.com/">Book</a><a href="{{ unsubscribe_url }}">Unsubscribe</a>'
GOOD = CampaignFacts(
    subject="Spring is here",
    preheader="Book before April",
    html=f"<p>{WORDS}</p>{LINKS}",
    size=9000,
    from_email="news@relay.example",
    from_is_verified=True,
    postal_address="1 Example Street",
    has_lists=True,
    recipients=12,
)


def test_a_good_campaign_has_no_findings() -> None:
    assert check_campaign(GOOD) == []


UNKNOWN = TemplateProblem(2, "{{ contact.nmae }}", "There is no merge field.", "html")


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("no_lists", {"has_lists": False}),
        ("no_recipients", {"recipients": 0}),
        ("no_from", {"from_email": ""}),
        ("unverified_from", {"from_is_verified": False}),
        ("no_postal_address", {"postal_address": " \n"}),
        ("no_provider", {"has_provider": False}),
        ("no_subject", {"subject": " "}),
        ("unknown_tag", {"problems": (UNKNOWN,)}),
        ("no_content", {"html": "", "problems": (TemplateProblem(1, "", "There is no content.", "html"),)}),
        ("empty_link", {"html": GOOD.html + '<a href="">Press</a>'}),
        ("empty_link", {"html": GOOD.html + '<a href="#">Press</a>'}),
        ("empty_image", {"html": GOOD.html + '<img src="" alt="x">'}),
        ("empty_image", {"html": GOOD.html + f'<table class="fluid {blocks.MISSING}"></table>'}),
    ],
)
def test_what_blocks(code: str, changed: dict[str, Any]) -> None:
    found = blocking(check_campaign(replace(GOOD, **changed)))
    assert [finding.code for finding in found] == [code]
    assert found[0].message


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("too_large", {"size": CLIPPED_AT + 1}),
        ("insecure_link", {"html": GOOD.html + '<a href="http://example.com">old</a>'}),
        ("relative_link", {"html": GOOD.html + '<a href="/offers">offers</a>'}),
        ("no_links", {"html": f'<p>{WORDS}</p><a href="{{{{ unsubscribe_url }}}}">x</a>'}),
        ("no_unsubscribe", {"html": f'<p>{WORDS}</p><a href="https://example.com">x</a>'}),
        ("no_text", {"html": f"<p>Hi</p>{LINKS}".replace("Unsubscribe", "x").replace("Book", "y")}),
        ("image_heavy", {"html": f'<img src="https://example.com/a.png" alt="A"><p>Look at this</p>{LINKS}'}),
        ("no_alt", {"html": GOOD.html + '<img src="https://example.com/a.png">'}),
        ("insecure_image", {"html": GOOD.html + '<img src="http://example.com/a.png" alt="A">'}),
        ("embedded_image", {"html": GOOD.html + '<img src="data:image/png;base64,xx" alt="A">'}),
        ("no_preheader", {"preheader": ""}),
        ("long_subject", {"subject": "A subject that goes on and on until nobody can see the end of it any more"}),
        ("loud_subject", {"subject": "LAST CHANCE TO BUY"}),
        ("loud_subject", {"subject": "Buy now!!!"}),
        ("leftover_tag", {"subject": "Hi %FRISTNAME%"}),
        ("local_links", {"base_url_is_public": False}),
    ],
)
def test_what_warns(code: str, changed: dict[str, Any]) -> None:
    found = check_campaign(replace(GOOD, **changed))
    assert [finding.code for finding in found] == [code]
    assert blocking(found) == []


def test_an_unknown_tag_is_named_with_its_line() -> None:
    found = check_campaign(replace(GOOD, problems=(UNKNOWN,)))
    assert found[0].message == "Content, line 2: {{ contact.nmae }}: There is no merge field."


def test_an_unknown_tag_in_blocks_is_named_with_its_block() -> None:
    places = (Place("a", "Heading", 1, 1), Place("b", "Text", 2, 2), Place("c", "Button", 3, 9))
    found = check_campaign(replace(GOOD, problems=(UNKNOWN,), places=places))
    assert found[0].message == "Block 2 (Text): {{ contact.nmae }}: There is no merge field."
    assert found[0].block_id == "b"


def test_what_blocks_comes_first() -> None:
    found = check_campaign(replace(GOOD, preheader="", recipients=0))
    assert [finding.level for finding in found] == ["block", "warn"]


def test_tags_in_links_and_images_are_left_alone() -> None:
    html = (
        GOOD.html
        + '<a href="{{ view_url }}">v</a><img src="https://example.com/{{ contact.email | default: "x" }}.png" alt="A">'
    )
    assert check_campaign(replace(GOOD, html=html)) == []


@pytest.mark.parametrize(
    ("html", "block"),
    [
        ('<p>one</p>\n<a href="">Press</a>\n<p>three</p>', "b"),
        ('<p>one</p>\n<p>two</p>\n<a href="#">Press</a>', "c"),
        (f'<p>one</p>\n<p>two</p>\n<table class="fluid {blocks.MISSING}"></table>', "c"),
        ('<img src="https://example.com/a.png" alt="">\n<p>two</p>\n<p>three</p>', "a"),
    ],
)
def test_what_is_wrong_in_a_block_leads_to_that_block(html: str, block: str) -> None:
    places = (Place("a", "Text", 1, 1), Place("b", "Button", 2, 2), Place("c", "Image", 3, 3))
    found = check_campaign(replace(GOOD, html=html + "\n" + GOOD.html, places=places))
    assert [finding.block_id for finding in found] == [block]
