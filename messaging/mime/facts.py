"""What is true of one message only, beside what is in its slots."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file sent along. `name` is shown to the recipient; no path is kept of it."""

    name: str
    content_type: str
    data: bytes


@dataclass(kw_only=True, slots=True)
class MessageFacts:
    """One message's envelope and identity; ids without angle brackets, dates aware.

    An empty From or Reply-To is the mailing's own. `token` is needed where opens or clicks are
    counted, `unsubscribe_token` for marketing and for pages of ours that the template names.
    """

    message_id: str
    date: dt.datetime
    to_address: str
    to_name: str = ""
    from_name: str = ""
    from_email: str = ""
    reply_to: str = ""
    token: str = ""
    unsubscribe_token: str = ""
    # The list's id, like a domain name (RFC 2919), and its name.
    list_id: str = ""
    list_name: str = ""
    feedback_id: str = ""
    # Names and addresses.
    cc: tuple[tuple[str, str], ...] = ()
    in_reply_to: str = ""
    references: str = ""
    # Further fields; none that the builder writes itself.
    headers: tuple[tuple[str, str], ...] = ()
    # RFC 3834: no person wrote this to this recipient.
    auto_submitted: bool = False
    attachments: tuple[Attachment, ...] = ()
