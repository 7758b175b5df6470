"""Rules over many messages at once: what must differ between them, and what must not."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from messaging.wirelint.body import addresses
from messaging.wirelint.envelope import mentioned
from messaging.wirelint.reading import Received

TogetherRule = Callable[[list[Received]], Iterator[str]]
_TOKEN = re.compile(r"/([coupv])/([A-Za-z0-9_-]{16,})")


def message_ids_are_unique(mails: list[Received]) -> Iterator[str]:
    """RFC 5322 section 3.6.4: one Message-ID, one message. A repeated hand-over of the same message keeps its own."""
    found: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    for mail in mails:
        found[mail.message.value("message-id")].add(tuple(mentioned(mail, "to")))
    for message_id, recipients in found.items():
        if len(recipients) > 1:
            yield f"{message_id} for {len(recipients)} recipients"


def tokens_have_one_length(mails: list[Received]) -> Iterator[str]:
    """MAIL.md: tokens in our links are of one length whatever the recipient, so that a length says nothing."""
    lengths: defaultdict[str, set[int]] = defaultdict(set)
    for mail in mails:
        for kind in ("text/plain", "text/html"):
            if part := mail.leaf(kind):
                for use, token in _TOKEN.findall(" ".join(addresses(part))):
                    lengths[use].add(len(token))
    for use, found in lengths.items():
        if len(found) > 1:
            yield f"links of the kind {use} with tokens of {sorted(found)} characters"


together_rules: list[TogetherRule] = [message_ids_are_unique, tokens_have_one_length]


def judge_together(mails: Iterable[Received]) -> list[str]:
    """Every violation of rules that only many messages can break."""
    given = list(mails)
    return [f"{check.__name__}: {violation}" for check in together_rules for violation in check(given)]
