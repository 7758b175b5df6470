"""Every signal by which a machine's hit is known, and the people who must not be taken for machines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from messaging import judging
from messaging.judging import Seen, judge

SENT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LATER = SENT + timedelta(minutes=3)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
OUTLOOK = "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Microsoft Outlook 16.0.5266)"
THUNDERBIRD = "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Thunderbird/128.4.0"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"


@pytest.mark.parametrize("agent", [FIREFOX, IPHONE, OUTLOOK, THUNDERBIRD])
@pytest.mark.parametrize("kind", ["open", "click"])
def test_a_person_is_taken_for_a_person(agent: str, kind: str) -> None:
    assert judge(Seen(kind, LATER, agent, link=1 if kind == "click" else None), sent_at=SENT) == ""


@pytest.mark.parametrize(
    ("agent", "verdict"),
    [
        ("Mozilla/5.0", judging.APPLE),
        (GMAIL, judging.GOOGLE_PROXY),
        (YAHOO, judging.YAHOO_PROXY),
        ("", judging.NO_AGENT),
        ("curl/8.5.0", judging.SCANNER),
        ("python-requests/2.32", judging.SCANNER),
        ("Go-http-client/1.1", judging.SCANNER),
        ("Mozilla/5.0 (compatible; Barracuda Sentinel)", judging.SCANNER),
        ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", judging.SCANNER),
        ("Mozilla/5.0 (X11) AppleWebKit/537.36 HeadlessChrome/120.0 Safari/537.36", judging.SCANNER),
        ("Slackbot-LinkExpanding 1.0", judging.SCANNER),
    ],
)
def test_proxies_and_scanners_are_known_by_their_agents(agent: str, verdict: str) -> None:
    assert judge(Seen("open", LATER, agent), sent_at=SENT) == verdict


@pytest.mark.parametrize(
    ("kind", "seconds", "verdict"),
    [
        ("click", 0, judging.TOO_SOON),
        ("click", 9.9, judging.TOO_SOON),
        ("click", 10, ""),
        ("open", 1, judging.TOO_SOON),
        ("open", 3, ""),
        ("click", -5, judging.TOO_SOON),
    ],
)
def test_nobody_reads_a_message_in_the_moment_it_is_sent(kind: str, seconds: float, verdict: str) -> None:
    at = SENT + timedelta(seconds=seconds)
    assert judge(Seen(kind, at, FIREFOX), sent_at=SENT) == verdict


def test_a_hit_on_a_message_that_is_just_being_handed_over_is_a_machine() -> None:
    assert judge(Seen("click", LATER, FIREFOX, link=1), sent_at=None) == judging.TOO_SOON


def test_three_different_links_in_two_seconds_are_no_hand_with_a_mouse() -> None:
    burst = [Seen("click", LATER + timedelta(seconds=n / 2), FIREFOX, link=n) for n in (1, 2, 3)]
    assert [judge(one, sent_at=SENT, others=burst) for one in burst] == [judging.BURST] * 3


def test_two_links_or_one_link_thrice_or_three_with_time_are_a_person() -> None:
    two = [Seen("click", LATER + timedelta(seconds=n / 2), FIREFOX, link=n) for n in (1, 2)]
    same = [Seen("click", LATER + timedelta(seconds=n / 5), FIREFOX, link=1) for n in range(3)]
    slow = [Seen("click", LATER + timedelta(seconds=2.5 * n), FIREFOX, link=n) for n in (1, 2, 3)]
    for clicks in (two, same, slow):
        assert [judge(one, sent_at=SENT, others=clicks) for one in clicks] == [""] * len(clicks)


def test_whoever_follows_the_hidden_link_is_a_scanner_in_its_other_clicks_too() -> None:
    hidden = Seen("click", LATER, FIREFOX, "192.0.2.0/24", link=judging.HIDDEN_LINK)
    same = Seen("click", LATER + timedelta(minutes=1), FIREFOX, "192.0.2.0/24", link=2)
    reader = Seen("click", LATER + timedelta(minutes=5), IPHONE, "198.51.100.0/24", link=2)
    assert judge(hidden, sent_at=SENT) == judging.HIDDEN
    assert judge(same, sent_at=SENT, others=[hidden]) == judging.HIDDEN
    assert judge(reader, sent_at=SENT, others=[hidden]) == ""


def test_head_requests_are_never_people() -> None:
    assert judge(Seen("click", LATER, FIREFOX, link=1, head=True), sent_at=SENT) == judging.HEAD


def test_a_click_under_a_proxys_name_is_a_scanner() -> None:
    assert judge(Seen("click", LATER, "Mozilla/5.0", link=1), sent_at=SENT) == judging.SCANNER
