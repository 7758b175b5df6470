"""Handing messages to an SMTP server over a connection that is kept."""

from __future__ import annotations

from contextlib import suppress
from types import TracebackType
from typing import Self

from messaging.smtp.connection import ConnectionLost, Talk
from messaging.smtp.envelope import Envelope
from messaging.smtp.opening import OpeningFailed, opened
from messaging.smtp.replies import HandOver
from messaging.smtp.session import ConnectionIdle, Session
from messaging.smtp.settings import SmtpSettings


class SmtpClient:
    """One connection, opened when first needed and kept.

    What the network and the server do comes back as a HandOver, never as an exception. Not to be
    shared between threads.
    """

    def __init__(self, settings: SmtpSettings) -> None:
        self.settings = settings
        self._session: Session | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def accepted(self) -> int:
        """Messages accepted over the present connection, so that it can be renewed after some number."""
        return self._session.accepted if self._session else 0

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self._session is not None

    def fileno(self) -> int:
        """The open connection's socket; -1 where there is none."""
        return self._session.connection.fileno() if self._session else -1

    def is_ready_for(self, envelope: Envelope) -> bool:
        """Whether this message may come next: false where the connection has announced another one."""
        return self._session is None or self._session.announced in {None, envelope}

    def connect(self) -> HandOver | None:
        """Open the connection if there is none. Returns what went wrong, if anything did."""
        if self._session is None:
            try:
                self._session = opened(self.settings)
            except OpeningFailed as failed:
                return failed.hand_over
        return None

    def send(self, envelope: Envelope, *, then: Envelope | None = None) -> HandOver:
        """Hand a message over.

        `then` is the message that the next call will send: its commands go out behind this one's final
        dot, which saves a round trip (RFC 2920 section 3.1). Sending another one instead is safe, and
        costs the connection.
        """
        if not self.is_ready_for(envelope):
            self.drop()
        used = self._session is not None
        if problem := self.connect():
            return problem
        try:
            return self._send(envelope, then)
        except ConnectionIdle as idle:
            if not used:
                return HandOver("deferred", "mail", text=str(idle))
        # A kept connection had died of idleness (RFC 5321 section 3.8): once more over a new one.
        if problem := self.connect():
            return problem
        try:
            return self._send(envelope, then)
        except ConnectionIdle as idle:
            return HandOver("deferred", "mail", text=str(idle))

    def close(self) -> None:
        """Say goodbye and let go; safe to call twice."""
        if self._session is not None and self._session.announced is None:
            with suppress(ConnectionLost):
                self._session.connection.write(b"QUIT\r\n", self.settings.timeouts.quit)
                self._session.connection.read(self.settings.timeouts.quit)
        self.drop()

    def sending(self, envelope: Envelope, then: Envelope | None = None) -> Talk[HandOver]:
        """`send` as a conversation over the open connection. Raises ConnectionIdle if that was dead already."""
        session = self._session
        assert session is not None  # noqa: S101 - connect() was asked before
        try:
            return (yield from session.handing_over(envelope, then))
        finally:
            if session.is_over:
                self.drop()

    def _send(self, envelope: Envelope, then: Envelope | None) -> HandOver:
        session = self._session
        assert session is not None  # noqa: S101 - connect() was asked before
        return session.connection.finish(self.sending(envelope, then))

    def drop(self) -> None:
        """Let go of the connection as it is."""
        if self._session is not None:
            self._session.connection.close()
            self._session = None


def test_connection(settings: SmtpSettings) -> HandOver:
    """Connect, secure, log in and leave, for the button that tests a provider."""
    with SmtpClient(settings) as client:
        problem = client.connect()
        return problem or HandOver(
            "accepted", "auth" if settings.username else "ehlo", 250, text="The server is ready."
        )


# Its name is a verb for people, not one of pytest's.
test_connection.__test__ = False  # type: ignore[attr-defined]
