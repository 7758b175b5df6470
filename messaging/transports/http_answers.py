"""What an HTTP answer, or the lack of one, says of the messages of a call.

The question is always the same: did the provider take them? Where nobody can say, the answer is uncertain.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from anymail.exceptions import AnymailError
from requests import ConnectionError as NotConnected
from requests import ConnectTimeout, RequestException

from messaging.foreign_text import one_line
from messaging.transports.base import Answer

# Said before anything was done (RFC 6585 section 4, RFC 8470 section 5.2, RFC 9110 section 15.6.4).
NOT_NOW = frozenset({425, 429, 503})
# Our key, account or address of the API is refused: about us, and worth another try once it is mended.
OUR_ACCOUNT = frozenset({401, 402, 403, 404, 405, 407})
# Longer wishes are not granted: an administrator may want to look sooner.
LONGEST_WAIT = 24 * 3600.0


def refusal(status: int, headers: Mapping[str, str], said: Any, words: str) -> Answer:
    """An answer that is no success. `said` is its JSON, None where it has none."""
    if status in NOT_NOW | OUR_ACCOUNT:
        return Answer("deferred", "api", status, text=words, retry_after=retry_after(headers))
    if status == 500 and isinstance(said, Mapping):
        # The provider itself says, in its own form, that it failed to do it.
        return Answer("deferred", "api", status, text=words, retry_after=retry_after(headers))
    if status == 408 or status >= 500:
        # A gateway's page (502, 504) or none: what stands behind it may have done its work.
        return Answer("uncertain", "api", status, text=words)
    return Answer("failed", "api", status, text=words)


def broken(error: BaseException | None, words: str = "") -> Answer:
    """A call that broke off: the cause tells whether it had been made."""
    if isinstance(error, ConnectTimeout) or (isinstance(error, NotConnected) and "NewConnection" in repr(error)):
        return Answer("deferred", "connect", text=words or short(error))
    return Answer("uncertain", "api", text=words or short(error or ""))


def of_error(error: AnymailError) -> Answer:
    """What anymail raised while it made a call."""
    response, status, words = getattr(error, "response", None), error.status_code, short(error)
    if status is None:
        return _without_status(error, words)
    if 200 <= status < 300:
        # A body that makes no sense: the provider may well have taken it.
        return Answer("uncertain", "api", status, text=words)
    return refusal(status, getattr(response, "headers", {}), json_of(response), words)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the provider wants us to wait (RFC 9110 section 10.2.3), None where it names none."""
    value = str(headers.get("Retry-After", "")).strip()
    if value.isdigit():
        return min(float(value), LONGEST_WAIT)
    try:
        seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def json_of(response: Any) -> Any:
    """The JSON of a response, or None."""
    try:
        return response.json()
    except (AttributeError, ValueError):
        return None


def short(words: object) -> str:
    """Words as they fit an attempt."""
    return " ".join(one_line(str(words)).split())[:1000]


def _without_status(error: AnymailError, words: str) -> Answer:
    cause = error.__cause__
    if isinstance(cause, RequestException):
        return broken(cause, words)
    # boto3's way (Amazon SES): the status stands in the cause.
    said = getattr(cause, "response", None)
    if isinstance(said, Mapping):
        status = int(said.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) or 0)
        code = str(said.get("Error", {}).get("Code", ""))
        if "Throttl" in code or "TooManyRequests" in code:
            status = 429
        return refusal(status, {}, said, words) if status else Answer("uncertain", "api", text=words)
    if type(cause).__name__ in {"EndpointConnectionError", "ConnectTimeoutError"}:
        return Answer("deferred", "connect", text=words)
    if cause is not None and hasattr(cause, "fmt"):  # another of boto3's: broken off under way
        return Answer("uncertain", "api", text=words)
    return Answer("failed", "api", text=words)
