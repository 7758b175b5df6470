"""Whether a person made a hit, or a machine. Pure: what is known comes in, a verdict goes out.

Opens are hints at best. Proxies fetch images for people who never look (Apple's Mail Privacy Protection),
scanners follow every link before a mail is delivered. A hit that looks like either is kept, shown apart,
counted nowhere and starts nothing. docs/tracking.md lists the signals and their sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# Nobody reads a mail and clicks within this time of its sending; gateways scan in it (MAIL.md: 5 to 10 s).
CLICK_TOO_SOON = timedelta(seconds=10)
OPEN_TOO_SOON = timedelta(seconds=2)
# Three different links of one message within this time are no hand with a mouse.
BURST_WINDOW = timedelta(seconds=2)
BURST_LINKS = 3
# What followed the hidden link once is a scanner in all that it does from there for a while.
HIDDEN_LINK = 0

# Ours are the names of the verdicts; they are stored with the hit and shown with it.
APPLE = "apple_privacy"
GOOGLE_PROXY = "google_proxy"
YAHOO_PROXY = "yahoo_proxy"
SCANNER = "scanner"
TOO_SOON = "too_soon"
BURST = "burst"
HIDDEN = "hidden_link"
HEAD = "head_request"
NO_AGENT = "no_agent"

# Image proxies say who they are, but for Apple's, whose agent is exactly "Mozilla/5.0".
_PROXIES = (
    (re.compile(r"^Mozilla/5\.0$"), APPLE),
    (re.compile(r"GoogleImageProxy", re.IGNORECASE), GOOGLE_PROXY),
    (re.compile(r"YahooMailProxy|Yahoo.{0,20}(?:Slurp|Proxy)", re.IGNORECASE), YAHOO_PROXY),
)
# Mail gateways, link previews and command-line clients. Words, not whole agents: versions change.
_SCANNERS = re.compile(
    r"barracuda|proofpoint|mimecast|symantec|messagelabs|trend ?micro|ironport|fireeye|forcepoint|sophos|zscaler"
    r"|safelinks|microsoft office protocol discovery|bingpreview|outlook-?safe|urldefense|avanan|checkpoint|area1"
    r"|cloudmark|vade ?secure|mailscanner|virustotal|urlscan|googlesafety|google-safety|googlebot|bingbot|yandexbot"
    r"|facebookexternalhit|slackbot|twitterbot|whatsapp|telegrambot|discordbot|linkedinbot|skypeuripreview"
    r"|headlesschrome|phantomjs|\bbot\b|\bbot/|crawler|spider|curl/|wget/|python-requests|python-urllib|python-httpx"
    r"|aiohttp|go-http-client|java/|okhttp|libwww-perl|httpclient|node-fetch|axios/|scrapy|ruby|nikto",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Seen:
    """One open or click, with what is needed to judge it. `link` is None for an open."""

    kind: str  # open, click
    at: datetime
    agent: str = ""
    network: str = ""
    link: int | None = None
    head: bool = False


def judge(hit: Seen, *, sent_at: datetime | None, others: Sequence[Seen] = ()) -> str:
    """The name of the machine that made a hit, or the empty string for a person.

    `others` are the message's hits around it, itself left out or not. A message that is not yet marked
    as sent was handed over this very moment.
    """
    return (
        _by_method(hit)
        or _by_agent(hit)
        or _by_hidden_link(hit, others)
        or _by_time(hit, sent_at)
        or _by_burst(hit, others)
    )


def _by_method(hit: Seen) -> str:
    return HEAD if hit.head else ""


def _by_agent(hit: Seen) -> str:
    agent = hit.agent.strip()
    if not agent:
        return NO_AGENT
    for pattern, verdict in _PROXIES:
        # A proxy fetches images. What follows a link under such a name is a browser or a scanner.
        if pattern.search(agent):
            return verdict if hit.kind == "open" else SCANNER
    return SCANNER if _SCANNERS.search(agent) else ""


def _by_hidden_link(hit: Seen, others: Iterable[Seen]) -> str:
    if hit.link == HIDDEN_LINK:
        return HIDDEN
    same = (one for one in others if one.link == HIDDEN_LINK)
    caught = any(one.network == hit.network and one.agent == hit.agent for one in same)
    return HIDDEN if caught else ""


def _by_time(hit: Seen, sent_at: datetime | None) -> str:
    if sent_at is None:
        return TOO_SOON
    grace = CLICK_TOO_SOON if hit.kind == "click" else OPEN_TOO_SOON
    return TOO_SOON if hit.at < sent_at + grace else ""


def _by_burst(hit: Seen, others: Iterable[Seen]) -> str:
    if hit.kind != "click":
        return ""
    near = {one.link for one in others if one.kind == "click" and abs(one.at - hit.at) <= BURST_WINDOW}
    return BURST if len(near | {hit.link}) >= BURST_LINKS else ""
