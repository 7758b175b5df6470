"""What the SMTP client asks of a server only where it offers it: SMTPUTF8, 8BITMIME, TLS, login by token."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from messaging.outbox.drain import drain_lane
from messaging.smtp import Envelope, SmtpClient, SmtpSettings, Timeouts, TokenUnavailable, test_connection
from tests.fixtures.smtp import SmtpServer
from tests.messaging import blasts
from tests.messaging.certificates import certificate
from tests.messaging.mailings import built, compiled
from tests.messaging.scripted_smtp import DATA, DONE, GREETING, MAIL, RCPT, scripted

Start = Callable[..., SmtpServer]
QUICK = Timeouts(connect=2, greeting=2, command=2, mail=2, rcpt=2, data=2, block=2, end_of_data=2, quit=0.2)
PLAIN = b"Subject: x\r\n\r\nHello\r\n"
EIGHT_BIT = "Subject: x\r\n\r\nÜnï\r\n".encode()
UTF8_HEADER = "To: zoë@example.com\r\n\r\nHello\r\n".encode()


def settings(port: int, **changed: Any) -> SmtpSettings:
    given: dict[str, Any] = {"host": "127.0.0.1", "port": port, "security": "none", "timeouts": QUICK}
    return SmtpSettings(**(given | changed))


# Addresses beyond ASCII


def test_an_international_address_is_sent_to_where_the_server_takes_it(start_smtp_server: Start) -> None:
    server = start_smtp_server(smtputf8=True)
    raw = built(compiled(), to_address="zoë@bücher.example", to_name="Zoë")
    with SmtpClient(settings(server.port)) as client:
        assert client.send(Envelope("news@example.com", ("zoë@xn--bcher-kva.example",), raw)).outcome == "accepted"
    (received,) = server.received
    assert received.recipients == ("zoë@xn--bcher-kva.example",)
    # The body is 7-bit as always, so BODY=8BITMIME would be wrong (RFC 6531 section 3.6).
    assert received.options == ("SMTPUTF8",)
    assert "=?utf-8?b?Wm/Dqw==?= <zoë@xn--bcher-kva.example>\r\n".encode() in raw


def test_an_international_address_is_refused_in_words_where_the_server_does_not(smtp_server: SmtpServer) -> None:
    with SmtpClient(settings(smtp_server.port)) as client:
        ended = client.send(Envelope("news@example.com", ("zoë@example.com",), PLAIN))
        assert client.send(Envelope("grace@example.com", ("ada@example.com",), built(compiled()))).outcome == "accepted"
    assert (ended.outcome, ended.code, ended.enhanced) == ("failed", 553, "5.6.7")
    assert "SMTPUTF8" in ended.text
    assert smtp_server.attempts == ["ada@example.com"]


@pytest.mark.parametrize(
    ("sender", "recipient", "data", "asked"),
    [
        ("a@example.com", "b@example.com", PLAIN, ""),
        ("a@example.com", "b@example.com", EIGHT_BIT, " BODY=8BITMIME"),
        ("a@example.com", "b@example.com", UTF8_HEADER, " SMTPUTF8"),
        ("zoë@example.com", "b@example.com", PLAIN, " SMTPUTF8"),
        ("zoë@example.com", "用户@example.com", EIGHT_BIT, " BODY=8BITMIME SMTPUTF8"),
    ],
)
def test_an_extension_is_asked_for_only_where_it_is_needed(
    sender: str, recipient: str, data: bytes, asked: str
) -> None:
    hello = ("EHLO", "250-x\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8")
    with (
        scripted([GREETING, hello, MAIL, RCPT, DATA, DONE]) as server,
        SmtpClient(settings(server.port)) as client,
    ):
        assert client.send(Envelope(sender, (recipient,), data)).outcome == "accepted"
    assert server.said[1:3] == [f"MAIL FROM:<{sender}>{asked}", f"RCPT TO:<{recipient}>"]


def test_eight_bit_content_is_not_sent_to_a_server_of_seven_bits() -> None:
    with scripted([GREETING, ("EHLO", "250-x\r\n250 SMTPUTF8")]) as server, SmtpClient(settings(server.port)) as client:
        ended = client.send(Envelope("a@example.com", ("b@example.com",), EIGHT_BIT))
    assert (ended.outcome, ended.enhanced) == ("failed", "5.6.3")
    assert not any(line.startswith("MAIL") for line in server.said)


def test_what_the_server_cannot_take_is_not_announced_behind_another() -> None:
    first, second = (Envelope("a@example.com", (to,), PLAIN) for to in ("b@example.com", "zoë@example.com"))
    hello = ("EHLO", "250-x\r\n250 PIPELINING")
    with (
        scripted([GREETING, hello, MAIL, RCPT, DATA, DONE]) as server,
        SmtpClient(settings(server.port)) as client,
    ):
        assert client.send(first, then=second).outcome == "accepted"
        assert client.send(second).enhanced == "5.6.7"
    assert server.said.count("DATA") == 1


# TLS from the start


def test_tls_from_the_start_with_a_certificate_that_is_checked(start_smtp_server: Start, tmp_path: Path) -> None:
    trusted, context = certificate(tmp_path, "localhost")
    server = start_smtp_server(login=("user", "secret"), tls=context, implicit_tls=True)
    login = {"host": "localhost", "security": "tls", "username": "user", "password": "secret"}
    with SmtpClient(settings(server.port, ca_file=trusted, **login)) as client:
        assert client.send(Envelope("grace@example.com", ("ada@example.com",), built(compiled()))).outcome == "accepted"
    refused = test_connection(settings(server.port, **login))
    assert (refused.outcome, refused.stage) == ("deferred", "connect")
    assert "certificate" in refused.text
    assert server.attempts == ["ada@example.com"]


# Login by token


def test_login_by_token(start_smtp_server: Start, tmp_path: Path) -> None:
    trusted, context = certificate(tmp_path, "localhost")
    # Microsoft's are this long.
    token = "t" * 2500
    server = start_smtp_server(token=token, tls=context)
    secure = settings(
        server.port,
        host="localhost",
        security="starttls",
        ca_file=trusted,
        username="ada@example.com",
        access_token=lambda refused: token,
    )
    with SmtpClient(secure) as client:
        assert client.send(Envelope("grace@example.com", ("ada@example.com",), built(compiled()))).outcome == "accepted"


def test_a_token_that_has_lapsed_is_renewed_once(start_smtp_server: Start) -> None:
    server = start_smtp_server(token="fresh")
    asked: list[bool] = []

    def access_token(refused: bool) -> str:
        asked.append(refused)
        return "fresh" if refused else "stale"

    ended = test_connection(settings(server.port, username="ada@example.com", access_token=access_token))
    assert ended.outcome == "accepted"
    assert (asked, server.tokens) == ([False, True], ["stale", "fresh"])
    # The challenge is answered with an empty line, or the server would wait for ever.
    assert server.answers == [b""]


def test_a_grant_that_is_gone_is_not_tried_again_and_again(start_smtp_server: Start) -> None:
    server = start_smtp_server(token="good")
    tokens = iter(["bad", "bad too", "never asked for"])
    ended = test_connection(
        settings(server.port, username="ada@example.com", access_token=lambda refused: next(tokens))
    )
    assert (ended.outcome, ended.stage, ended.code) == ("deferred", "auth", 535)
    assert '{"status":"401","schemes":"bearer"}' in ended.text
    assert server.tokens == ["bad", "bad too"]


def test_the_same_token_is_not_shown_twice(start_smtp_server: Start) -> None:
    server = start_smtp_server(token="good")
    test_connection(settings(server.port, username="ada@example.com", access_token=lambda refused: "bad"))
    assert server.tokens == ["bad"]


def test_a_token_that_cannot_be_had_is_said_in_its_words(start_smtp_server: Start) -> None:
    def access_token(refused: bool) -> str:
        raise TokenUnavailable("Google says that access was withdrawn.")

    server = start_smtp_server(token="good")
    ended = test_connection(settings(server.port, username="ada@example.com", access_token=access_token))
    assert (ended.outcome, ended.stage, ended.text) == ("deferred", "auth", "Google says that access was withdrawn.")


def test_a_token_is_shown_to_no_server_that_does_not_ask_for_one(start_smtp_server: Start) -> None:
    server = start_smtp_server(login=("ada@example.com", "x"))
    ended = test_connection(settings(server.port, username="ada@example.com", access_token=lambda refused: "t"))
    assert (ended.outcome, ended.stage) == ("deferred", "auth")
    assert "XOAUTH2" in ended.text


# Connections


@pytest.mark.django_db(transaction=True)
def test_a_connection_is_left_after_as_many_messages_as_the_provider_allows(smtp_server: SmtpServer) -> None:
    provider = blasts.smtp_provider(smtp_server, max_connections=1)
    provider.config["messages_per_connection"] = 3
    provider.save(update_fields=["config"])
    mailing = blasts.blast(7)
    drain_lane("campaign")
    assert blasts.states(mailing) == {"sent": 7}
    assert smtp_server.connections == 3


def test_time_outs_are_no_shorter_than_the_standard_asks() -> None:
    """RFC 5321 section 4.5.3.2: who gives up earlier sends twice."""
    ours = Timeouts()
    minutes = {"greeting": 5, "mail": 5, "rcpt": 5, "data": 2, "block": 3, "end_of_data": 10}
    assert {name: getattr(ours, name) >= 60 * least for name, least in minutes.items()} == dict.fromkeys(minutes, True)
