"""A greeted and authenticated connection, and one message's way over it (RFC 5321 section 3.3, RFC 2920)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from messaging.smtp.connection import Connection, ConnectionLost, Talk
from messaging.smtp.envelope import Envelope, dot_stuffed
from messaging.smtp.replies import HandOver, Reply, Stage
from messaging.smtp.settings import Timeouts

# RFC 5321 section 3.8: the server is closing the channel.
CLOSING = 421
GO_AHEAD = 354
# How long a server that stopped reading is given to say why.
LAST_WORDS = 2.0
NO_SMTPUTF8 = "An address is not ASCII before its @, and the server does not offer SMTPUTF8 (RFC 6531)."

_STAGES: dict[bytes, Stage] = {b"RSET": "mail", b"MAIL": "mail", b"RCPT": "rcpt", b"DATA": "data"}


class ConnectionIdle(Exception):
    """The connection ended before anything of this message was answered: nothing was sent of it."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a server offered in answer to EHLO. `max_size` is None where SIZE is not, 0 where it has no limit."""

    pipelining: bool = False
    max_size: int | None = None
    starttls: bool = False
    smtputf8: bool = False
    eightbitmime: bool = False
    auth: frozenset[str] = frozenset()

    def refusal(self, envelope: Envelope) -> HandOver | None:
        """Why this server cannot be given the message, if so; in the words and codes it would find itself."""
        if self.max_size and len(envelope.data) > self.max_size:
            return HandOver("failed", "mail", 552, "5.3.4", "The message is larger than the server takes.")
        if envelope.is_seven_bit:
            return None
        if not self.smtputf8 and envelope.needs_smtputf8:
            return HandOver("failed", "mail", 553, "5.6.7", NO_SMTPUTF8)
        if not self.eightbitmime and envelope.needs_8bitmime:
            return HandOver(
                "failed", "mail", 554, "5.6.3", "The message has 8-bit content, and the server no 8BITMIME."
            )
        return None

    def parameters(self, envelope: Envelope) -> str:
        """What follows the sender in MAIL (RFC 1870, 6152, 6531), for a message that is not refused."""
        given = "" if self.max_size is None else f" SIZE={len(envelope.data)}"
        if not envelope.is_seven_bit:
            given += " BODY=8BITMIME" if envelope.needs_8bitmime else ""
            given += " SMTPUTF8" if envelope.needs_smtputf8 else ""
        return given


@dataclass(slots=True)
class Negotiation:
    """The answers to an envelope's commands, as far as they came."""

    mail: Reply | None = None
    recipients: dict[str, Reply] = field(default_factory=dict)
    data: Reply | None = None
    # The command whose answer is being waited for.
    stage: Stage = "mail"

    def refusal(self) -> HandOver | None:
        """Why the content is not to be sent, if so."""
        if self.mail is None or not self.mail.is_good:
            return HandOver.of("mail", self.mail or Reply(0))
        if not any(reply.is_good for reply in self.recipients.values()):
            refused = dict(self.recipients)
            # One that may be taken later keeps the message alive.
            kept = next((reply for reply in refused.values() if reply.outcome == "deferred"), None)
            return HandOver.of("rcpt", kept or next(iter(refused.values())), refused=refused)
        if self.data is None or self.data.code != GO_AHEAD:
            return HandOver.of("data", self.data if self.data and not self.data.is_good else Reply(0))
        return None

    @property
    def refused(self) -> dict[str, Reply]:
        """Recipients that were turned away."""
        return {address: reply for address, reply in self.recipients.items() if not reply.is_good}


class Session:
    """One connection in use. `is_over` once it can take no other message."""

    def __init__(self, connection: Connection, capabilities: Capabilities, timeouts: Timeouts) -> None:
        self.connection = connection
        self.capabilities = capabilities
        self.is_over = False
        # Messages accepted over this connection.
        self.accepted = 0
        # The envelope whose commands went out behind the last message's final dot.
        self.announced: Envelope | None = None
        self._announced_commands: list[bytes] = []
        self._timeouts = timeouts
        self._waits = {b"MAIL": timeouts.mail, b"RCPT": timeouts.rcpt, b"DATA": timeouts.data}
        self._needs_reset = False

    def handing_over(self, envelope: Envelope, then: Envelope | None = None) -> Talk[HandOver]:
        """Send one message; `then` announces the next. Raises ConnectionIdle if the connection was dead before it."""
        # What was announced had been found fit for the server before.
        if self.announced is not envelope and (refused := self.capabilities.refusal(envelope)):
            self.is_over = self.announced is not None
            return refused
        answers = Negotiation()
        try:
            yield from self._negotiate(envelope, answers)
        except ConnectionLost as lost:
            self.is_over = True
            if answers.mail is None:
                raise ConnectionIdle(lost.text) from lost
            return HandOver("deferred", answers.stage, text=lost.text)
        if refusal := answers.refusal():
            yield from self._back_out(answers)
            return refusal
        return (yield from self._content(envelope, then, answers.refused))

    def _negotiate(self, envelope: Envelope, answers: Negotiation) -> Talk[None]:
        if self.announced is envelope:
            commands, self.announced = self._announced_commands, None
        elif self.capabilities.pipelining:
            commands = self._commands(envelope)
            yield from self.connection.writing(b"".join(commands), self._timeouts.mail)
        else:
            yield from self._one_by_one(self._commands(envelope), envelope, answers)
            return
        for command in commands:
            answers.stage = _STAGES[command[:4]]
            reply = self.connection.at_hand() or (yield from self._reading(command))
            if self._answered(command, reply, envelope, answers).code == CLOSING:
                return

    def _one_by_one(self, commands: list[bytes], envelope: Envelope, answers: Negotiation) -> Talk[None]:
        for command in commands:
            if command.startswith(b"DATA") and not any(reply.is_good for reply in answers.recipients.values()):
                return
            yield from self.connection.writing(command, self._timeouts.command)
            answers.stage = _STAGES[command[:4]]
            reply = self._answered(command, (yield from self._reading(command)), envelope, answers)
            if reply.code == CLOSING or (answers.mail and not answers.mail.is_good):
                return

    def _reading(self, command: bytes) -> Talk[Reply]:
        return self.connection.reading(self._waits.get(command[:4], self._timeouts.command))

    def _answered(self, command: bytes, reply: Reply, envelope: Envelope, answers: Negotiation) -> Reply:
        verb = command[:4]
        self.is_over |= reply.code == CLOSING
        if verb == b"MAIL":
            answers.mail = reply
        elif verb == b"RCPT":
            answers.recipients[envelope.rcpt_to[len(answers.recipients)]] = reply
        elif verb == b"DATA":
            answers.data = reply
        elif reply.code == CLOSING:
            answers.mail = reply
        return reply

    def _commands(self, envelope: Envelope) -> list[bytes]:
        return [
            *([b"RSET\r\n"] if self._needs_reset else []),
            f"MAIL FROM:<{envelope.mail_from}>{self.capabilities.parameters(envelope)}\r\n".encode(),
            *(f"RCPT TO:<{address}>\r\n".encode() for address in envelope.rcpt_to),
            b"DATA\r\n",
        ]

    def _back_out(self, answers: Negotiation) -> Talk[None]:
        """After a refusal: end a DATA that a server let us begin all the same (RFC 2920 section 3.1)."""
        self._needs_reset = True
        if answers.data is None or answers.data.code != GO_AHEAD or self.is_over:
            return
        try:
            yield from self.connection.writing(b".\r\n", self._timeouts.data)
            yield from self.connection.reading(self._timeouts.end_of_data)
        except ConnectionLost:
            self.is_over = True

    def _content(self, envelope: Envelope, then: Envelope | None, refused: dict[str, Reply]) -> Talk[HandOver]:
        content = dot_stuffed(envelope.data)
        self._needs_reset = False
        announces = then is not None and self.capabilities.pipelining and not self.capabilities.refusal(then)
        self._announced_commands = self._commands(then) if announces and then else []
        try:
            yield from self.connection.writing(b"".join([content, *self._announced_commands]), self._timeouts.block)
        except ConnectionLost as lost:
            self.is_over = True
            if lost.sent < len(content):
                return (yield from self._last_words(lost))
        try:
            reply = yield from self.connection.reading(self._timeouts.end_of_data)
        except ConnectionLost as lost:
            self.is_over = True
            return HandOver("uncertain", "end_of_data", text=lost.text)
        self.is_over |= reply.code == CLOSING
        self.announced = then if announces and not self.is_over else None
        self.accepted += reply.is_good
        return HandOver.of("end_of_data", reply, refused=refused)

    def _last_words(self, lost: ConnectionLost) -> Talk[HandOver]:
        """The server went away before the final dot: it has no message, and perhaps said why."""
        with suppress(ConnectionLost):
            reply = yield from self.connection.reading(LAST_WORDS)
            if not reply.is_good:
                return HandOver.of("end_of_data", reply)
        return HandOver("deferred", "end_of_data", text=lost.text)
