"""From a host and port to a session: greeting, EHLO, TLS, login.

Whatever goes wrong here is about the server or our login, never about a message: it is deferred.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as DecodeError

from messaging.smtp.connection import Connection, ConnectionLost
from messaging.smtp.replies import HandOver, Reply, Stage
from messaging.smtp.session import Capabilities, Session
from messaging.smtp.settings import AccessToken, SmtpSettings, TokenUnavailable

CONTINUE = 334
REFUSED = 535


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
        if settings.access_token:
            self._login_by_token(offered, settings.access_token)
        elif "PLAIN" in offered.auth:
            token = _coded(f"\0{settings.username}\0{settings.password}")
            self._expect(self._command(f"AUTH PLAIN {token}"))
        elif "LOGIN" in offered.auth:
            self._expect(self._command("AUTH LOGIN"), CONTINUE)
            self._expect(self._command(_coded(settings.username)), CONTINUE)
            self._expect(self._command(_coded(settings.password)))
        else:
            raise OpeningFailed(self.stage, Reply(0, "The server offers no way to log in that we know (PLAIN, LOGIN)."))

    def _login_by_token(self, offered: Capabilities, access_token: AccessToken) -> None:
        """XOAUTH2; a token that is refused is renewed once, and never more often: the grant may be gone."""
        if "XOAUTH2" not in offered.auth:
            raise OpeningFailed(self.stage, Reply(0, "The server does not offer to log in by token (XOAUTH2)."))
        try:
            token = access_token(False)
            reply = self._xoauth2(token)
            # RFC 4954 section 6: 535 is about what was given to log in with; anything else is not.
            if reply.code == REFUSED and (renewed := access_token(True)) != token:
                reply = self._xoauth2(renewed)
        except TokenUnavailable as error:
            raise OpeningFailed(self.stage, Reply(0, str(error))) from error
        self._expect(reply)

    def _xoauth2(self, token: str) -> Reply:
        """One try, in the form that Google and Microsoft gave RFC 7628: a refusal is a challenge, answered emptily."""
        coded = _coded(f"user={self._settings.username}\1auth=Bearer {token}\1\1")
        reply = self._command(f"AUTH XOAUTH2 {coded}")
        if reply.code != CONTINUE:
            return reply
        final = self._command("")
        return Reply(final.code, f"{final.text} {_readable(reply.text)}".strip(), final.enhanced)

    def _command(self, line: str) -> Reply:
        self._connection.write(line.encode("ascii") + b"\r\n", self._settings.timeouts.command)
        return self._connection.read(self._settings.timeouts.command)

    def _expect(self, reply: Reply, code: int = 0) -> None:
        fits = reply.code == code if code else 200 <= reply.code < 300
        if not fits:
            raise OpeningFailed(self.stage, reply)


def _coded(text: str) -> str:
    return b64encode(text.encode()).decode("ascii")


def _readable(challenge: str) -> str:
    """The JSON in which a refused token's fault is told, as text; empty where it is none."""
    try:
        text = b64decode(challenge, validate=True).decode()
    except (DecodeError, ValueError):
        return ""
    return text if text.isprintable() else ""


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
        smtputf8="SMTPUTF8" in offered,
        eightbitmime="8BITMIME" in offered,
        auth=frozenset(offered.get("AUTH", "").split()),
    )
