"""What is compiled: a mailing's content and the facts that are the same for all its recipients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from messaging.liquid import TemplateError

Purpose = Literal["marketing", "transactional", "one_to_one"]


@dataclass(frozen=True, kw_only=True, slots=True)
class MailingSource:
    """A mailing as its author wrote it. `html` or `text` may be empty, not both."""

    subject: str
    html: str = ""
    text: str = ""
    preheader: str = ""
    purpose: Purpose = "marketing"
    from_name: str = ""
    from_email: str = ""
    reply_to: str = ""
    # Where links, pixel and unsubscribe pages live, without a slash at the end.
    base_url: str
    # The domain whose mail comes back to us; empty where none does.
    reply_domain: str = ""
    track_opens: bool = True
    track_clicks: bool = True
    # Keys of custom fields, and names that only this mailing may use (`invite_url`, `data.*`).
    custom_fields: tuple[str, ...] = ()
    extra_fields: tuple[str, ...] = ()


class CompileError(TemplateError):
    """A mailing that cannot be sent as it is written; `problems` says why, by part, line and tag."""
