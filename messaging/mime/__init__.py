"""Messages as bytes, by the rules of RFC 5322, 2045 to 2047, 2231 and 8058."""

from messaging.mime.addresses import new_message_id, wire_address
from messaging.mime.attachments import safe_name
from messaging.mime.browser import render_html, render_text
from messaging.mime.building import NO_SUBJECT, build, render_subject
from messaging.mime.errors import AddressRefused, BuildError
from messaging.mime.facts import Attachment, MessageFacts
from messaging.mime.headers import clean_header_value

__all__ = [
    "NO_SUBJECT",
    "AddressRefused",
    "Attachment",
    "BuildError",
    "MessageFacts",
    "build",
    "clean_header_value",
    "new_message_id",
    "render_html",
    "render_subject",
    "render_text",
    "safe_name",
    "wire_address",
]
