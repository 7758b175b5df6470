"""From a host and port to a session: greeting, EHLO, TLS, login.

Whatever goes wrong here is about the server or our login, never about a message: it is deferred.
"""

from __future__ import annotations

from base64 import b64encode

from messaging.smtp.connection import Connection, ConnectionLost
from messaging.smtp.replies import HandOver, Reply, Stage
from messaging.smtp.session import Capabilities, Session
from messaging.smtp.settings import SmtpSettings

CONTINUE = 334


class OpeningFailed(Exception):
    """No session came about; `hand_over` says where it ended and in whose words."""

    def __init__(self, stage: Stage, reply: Reply) -> None:
        super().__init__(f"{stage}: {reply.code} {reply.text}")
        self.hand_over = HandOver("deferred", stage, reply.code, reply.enhanced, reply.text)


def opened(settings: SmtpSettings) -> Session:
    """A session ready for messages. Raises OpeningFailed."""
    stage: Stage = "connect"
    try:
        connection = Connection(settings)
    except ConnectionLost as lost:
        raise OpeningFailed(stage, Reply(0, lost.text)) from lost
    opening = _Opening(settings, connection)
    try:
        return opening.run()
    except ConnectionLost as lost:
        connection.close()
        raise OpeningFailed(opening.stage, Reply(0, lost.text)) from lost
    except OpeningFailed:
        connection.close()
        raise


class _Opening:
    def __init__(self, settings: SmtpSettings, connection: Connection) -> None:
        self.stage: Stage = "greeting"
        self._settings = settings
        self._connection = connection

    def run(self) -> Session:
        self._expect(self._connection.read(self._settings.timeouts.greeting))
        capabilities = self._hello()
        if self._settings.security == "starttls":
            capabilities = self._upgraded(capabilities)
        if self._settings.username:
            self._login(capabilities)
        return Session(self._connection, capabilities, self._settings.timeouts)

    def _hello(self) -> Capabilities:
        self.stage = "ehlo"
        name = self._settings.greeting_name
        reply = self._command(f"EHLO {name}")
        if reply.code in {500, 502}:
            # RFC 5321 section 3.2: an old server knows HELO only.
            self._expect(self._command(f"HELO {name}"))
            return Capabilities()
        self._expect(reply)
        return capabilities_from(reply.lines)

    def _upgraded(self, offered: Capabilities) -> Capabilities:
        self.stage = "starttls"
        if not offered.starttls:
            raise OpeningFailed(
                self.stage, Reply(0, "The server does not offer STARTTLS; nothing is sent in the clear.")
            )
        self._expect(self._command("STARTTLS"))
        self._connection.start_tls()
        # RFC 3207 section 4.2: what was said before the handshake is forgotten.
        return self._hello()

    def _login(self, offered: Capabilities) -> None:
        self.stage = "auth"
        settings = self._settings
        if settings.security == "none" and not settings.is_loopback:
            raise OpeningFailed(self.stage, Reply(0, "A password is not sent without TLS (RFC 4954 section 4)."))
        user, password = settings.username.encode(), settings.password.encode()
        if "PLAIN" in offered.auth:
            token = b64encode(b"\0" + user + b"\0" + password).decode("ascii")
            self._expect(self._command(f"AUTH PLAIN {token}"))
        elif "LOGIN" in offered.auth:
            self._expect(self._command("AUTH LOGIN"), CONTINUE)
            self._expect(self._command(b64encode(user).decode("ascii")), CONTINUE)
            self._expect(self._command(b64encode(password).decode("ascii")))
        else:
            raise OpeningFailed(self.stage, Reply(0, "The server offers no way to log in that we know (PLAIN, LOGIN)."))

    def _command(self, line: str) -> Reply:
        self._connection.write(line.encode("ascii") + b"\r\n", self._settings.timeouts.command)
        return self._connection.read(self._settings.timeouts.command)

    def _expect(self, reply: Reply, code: int = 0) -> None:
        fits = reply.code == code if code else 200 <= reply.code < 300
        if not fits:
            raise OpeningFailed(self.stage, reply)


def capabilities_from(lines: tuple[str, ...]) -> Capabilities:
    """What the lines of an EHLO answer offer (RFC 5321 section 4.1.1.1); the first is a greeting."""
    offered: dict[str, str] = {}
    for line in lines[1:]:
        # Some servers write AUTH=PLAIN.
        keyword, _, parameters = line.strip().upper().replace("AUTH=", "AUTH ").partition(" ")
        offered[keyword] = f"{offered.get(keyword, '')} {parameters}".strip()
    size = offered.get("SIZE")
    return Capabilities(
        pipelining="PIPELINING" in offered,
        max_size=None if size is None else int(size) if size.isdigit() else 0,
        starttls="STARTTLS" in offered,
        auth=frozenset(offered.get("AUTH", "").split()),
    )
