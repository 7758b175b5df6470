"""The SMTP client: after every fault it knows exactly whether the server has the message."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from messaging.smtp import Envelope, HandOver, SmtpClient, SmtpSettings, Timeouts, dot_stuffed, test_connection
from tests.fixtures.smtp import SmtpServer
from tests.messaging.certificates import certificate
from tests.messaging.mailings import built, compiled
from tests.messaging.scripted_smtp import (
    CLOSE,
    DATA,
    DONE,
    EHLO,
    GREETING,
    MAIL,
    MESSAGE,
    PART_OF_CONTENT,
    PLAIN_EHLO,
    RCPT,
    SILENCE,
    Step,
    scripted,
)

QUICK = Timeouts(connect=2, greeting=2, command=2, mail=2, rcpt=2, data=2, block=2, end_of_data=2, quit=0.2)
IMPATIENT = Timeouts(
    connect=1, greeting=0.2, command=0.2, mail=0.2, rcpt=0.2, data=0.2, block=1, end_of_data=0.2, quit=0.2
)
BODY = b"Subject: x\r\n\r\nHello\r\n.dot\r\n"


def settings(port: int, **changed: Any) -> SmtpSettings:
    given: dict[str, Any] = {"host": "127.0.0.1", "port": port, "security": "none", "timeouts": QUICK}
    return SmtpSettings(**(given | changed))


def envelope(*to: str, data: bytes = BODY) -> Envelope:
    return Envelope("sender@example.com", to or ("ada@example.com",), data)


def played(*steps: Step, timeouts: Timeouts = QUICK, data: bytes = BODY) -> HandOver:
    with scripted(list(steps)) as server, SmtpClient(settings(server.port, timeouts=timeouts)) as client:
        return client.send(envelope(data=data))


# Each stage, each kind of fault


@pytest.mark.parametrize("ehlo", [EHLO, PLAIN_EHLO], ids=["pipelined", "one by one"])
@pytest.mark.parametrize(
    ("at", "answer", "outcome", "stage"),
    [
        (0, "421 4.3.2 Busy", "deferred", "greeting"),
        (0, "554 5.7.1 No", "deferred", "greeting"),
        (0, CLOSE, "deferred", "greeting"),
        (1, "421 4.3.2 Busy", "deferred", "ehlo"),
        (1, CLOSE, "deferred", "ehlo"),
        (2, "421 4.7.0 Too many", "deferred", "mail"),
        (2, "451 4.3.0 Later", "deferred", "mail"),
        (2, "550 5.7.1 Never", "failed", "mail"),
        (2, CLOSE, "deferred", "mail"),
        (3, "450 4.2.0 Greylisted", "deferred", "rcpt"),
        (3, "421 4.7.0 Too many", "deferred", "rcpt"),
        (3, "550 5.1.1 No such user", "failed", "rcpt"),
        (3, CLOSE, "deferred", "rcpt"),
        (4, "451 4.3.0 Later", "deferred", "data"),
        (4, "554 5.5.1 No", "failed", "data"),
        (4, CLOSE, "deferred", "data"),
        (5, "421 4.3.0 Closing", "deferred", "end_of_data"),
        (5, "452 4.2.2 Full", "deferred", "end_of_data"),
        (5, "554 5.7.1 Spam", "failed", "end_of_data"),
        (5, CLOSE, "uncertain", "end_of_data"),
    ],
)
def test_a_fault_at_each_stage(ehlo: Step, at: int, answer: str, outcome: str, stage: str) -> None:
    steps = [GREETING, ehlo, MAIL, RCPT, DATA, DONE]
    steps[at] = (steps[at][0], answer)
    # A pipelining server answers what it has read already; after a refusal that is "bad sequence".
    left = [(verb, "503 5.5.1 Bad sequence") for verb, _ in steps[at + 1 :] if verb in {"RCPT", "DATA"}]
    follow = left if ehlo is EHLO and answer[0] in "45" and not answer.startswith("421") and 2 <= at <= 3 else []
    ended = played(*steps[: at + 1], *follow)
    assert (ended.outcome, ended.stage) == (outcome, stage)
    if answer[0] in "45":
        assert (ended.code, ended.enhanced, ended.text) == (int(answer[:3]), *answer[4:].split(" ", 1))


@pytest.mark.parametrize(
    ("at", "outcome", "stage"),
    [
        (0, "deferred", "greeting"),
        (1, "deferred", "ehlo"),
        (2, "deferred", "mail"),
        (3, "deferred", "rcpt"),
        (4, "deferred", "data"),
        (5, "uncertain", "end_of_data"),
    ],
)
def test_silence_at_each_stage_ends_in_time(at: int, outcome: str, stage: str) -> None:
    steps = [GREETING, EHLO, MAIL, RCPT, DATA, DONE]
    steps[at] = (steps[at][0], SILENCE)
    ended = played(*steps[: at + 1], timeouts=IMPATIENT)
    assert (ended.outcome, ended.stage, ended.code) == (outcome, stage, 0)
    assert "in time" in ended.text


def test_an_answer_that_drips_is_waited_for_as_a_whole() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        released = threading.Event()

        def drip() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                while not released.wait(0.05):
                    connection.sendall(b"2")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        ended = SmtpClient(settings(listener.getsockname()[1], timeouts=IMPATIENT)).send(envelope())
        released.set()
        thread.join(5)
    assert (ended.outcome, ended.stage) == ("deferred", "greeting")


def test_a_server_that_stops_reading_has_no_message() -> None:
    steps = [GREETING, ("EHLO", "250-x\r\n250 PIPELINING"), MAIL, RCPT, DATA, (PART_OF_CONTENT, SILENCE)]
    ended = played(*steps, timeouts=IMPATIENT, data=b"x" * 60 + b"\r\n" + b"y" * 30_000_000)
    assert (ended.outcome, ended.stage) == ("deferred", "end_of_data")


def test_a_server_that_refuses_in_the_middle_is_believed() -> None:
    steps = [GREETING, PLAIN_EHLO, MAIL, RCPT, DATA, (PART_OF_CONTENT, "552 5.3.4 Too big"), ("", CLOSE)]
    ended = played(*steps, data=b"y" * 30_000_000)
    assert ended.outcome in {"failed", "deferred"}
    assert ended.stage == "end_of_data"


def test_nobody_listening_is_a_connection_that_failed() -> None:
    with scripted() as server:
        port = server.port
    ended = SmtpClient(settings(port)).send(envelope())
    assert (ended.outcome, ended.stage) == ("deferred", "connect")


@pytest.mark.parametrize("answer", ["HTTP/1.1 200 OK", "999 what", "2", "", "250"])
def test_a_server_that_speaks_no_smtp(answer: str) -> None:
    ended = played((GREETING[0], answer))
    assert ended.outcome == "deferred"


def test_a_reply_without_end_is_cut_off() -> None:
    assert "no end" in played(("", "220-" + "x" * 100_000)).text


# What is sent


def test_an_envelope_is_one_write_where_pipelining_is_offered() -> None:
    with scripted([GREETING, EHLO, *MESSAGE]) as server, SmtpClient(settings(server.port)) as client:
        assert client.send(envelope()) == HandOver("accepted", "end_of_data", 250, "2.0.0", "Queued")
    assert server.said[1:4] == [
        f"MAIL FROM:<sender@example.com> SIZE={len(BODY)}",
        "RCPT TO:<ada@example.com>",
        "DATA",
    ]
    assert server.said[-1] == "QUIT"


def test_the_message_arrives_byte_for_byte(smtp_server: SmtpServer) -> None:
    raw = built(compiled(html="<pre>\n.\n..\n.x\n</pre>"))
    with SmtpClient(settings(smtp_server.port)) as client:
        assert client.send(envelope(data=raw)).outcome == "accepted"
    assert smtp_server.received[0].raw == raw


@pytest.mark.parametrize(
    ("data", "stuffed"),
    [
        (b"a\r\n", b"a\r\n.\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b"", b"\r\n.\r\n"),
        (b".\r\n", b"..\r\n.\r\n"),
        (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
        (b"a\r\n..\r\n", b"a\r\n...\r\n.\r\n"),
    ],
)
def test_dots_are_stuffed(data: bytes, stuffed: bytes) -> None:
    assert dot_stuffed(data) == stuffed


@pytest.mark.parametrize(
    "address",
    [
        "a b@x",
        "a\r\nRCPT TO:<b@x",
        "<a@x>",
        "",
        "zo\x85@x",
        "zo\u2028@x",
        "\ud800@x",
        "zoë",
        "a" * 400,
        '"a\r\nDATA"@x',
    ],
)
def test_an_address_cannot_be_a_command(address: str) -> None:
    with pytest.raises(ValueError, match="wire form"):
        envelope(address)
    if address:
        with pytest.raises(ValueError, match="wire form"):
            Envelope(address, ("a@example.com",), b"")


def test_a_quoted_address_may_hold_spaces() -> None:
    with scripted([GREETING, EHLO, *MESSAGE]) as server, SmtpClient(settings(server.port)) as client:
        client.send(envelope('"a <b>"@example.com'))
    assert 'RCPT TO:<"a <b>"@example.com>' in server.said


def test_the_null_sender_is_an_empty_path() -> None:
    with scripted([GREETING, EHLO, *MESSAGE]) as server, SmtpClient(settings(server.port)) as client:
        client.send(Envelope("", ("ada@example.com",), BODY))
    assert server.said[1].startswith("MAIL FROM:<> ")


def test_a_message_larger_than_the_server_takes_is_not_sent() -> None:
    with scripted([GREETING, ("EHLO", "250-x\r\n250 SIZE 10")]) as server, SmtpClient(settings(server.port)) as client:
        ended = client.send(envelope())
    assert (ended.outcome, ended.enhanced) == ("failed", "5.3.4")


# Several recipients


def test_some_recipients_may_be_refused() -> None:
    steps = [GREETING, EHLO, MAIL, RCPT, ("RCPT", "550 5.1.1 No such user"), DATA, DONE]
    with scripted(steps) as server, SmtpClient(settings(server.port)) as client:
        ended = client.send(envelope("ada@example.com", "gone@example.com"))
    assert ended.outcome == "accepted"
    assert {address: reply.enhanced for address, reply in ended.refused.items()} == {"gone@example.com": "5.1.1"}


@pytest.mark.parametrize(("second", "outcome"), [("550 5.1.1 No", "failed"), ("451 4.3.0 Later", "deferred")])
def test_when_all_are_refused_one_that_may_come_back_decides(second: str, outcome: str) -> None:
    # RFC 2920 section 3.1: a server may accept DATA all the same; it is ended with a lone dot.
    steps = [GREETING, EHLO, MAIL, ("RCPT", "550 5.1.1 No"), ("RCPT", second), DATA, (".", "554 5.5.1 No recipients")]
    with scripted([*steps, ("RSET", "250 OK"), *MESSAGE]) as server, SmtpClient(settings(server.port)) as client:
        assert client.send(envelope("a@example.com", "b@example.com")).outcome == outcome
        assert client.send(envelope()).outcome == "accepted"
    assert server.connections == 1


# The connection


def test_a_connection_is_kept_and_reset_after_a_refusal() -> None:
    refused = [MAIL, ("RCPT", "550 5.1.1 No"), ("DATA", "503 5.5.1 No recipients")]
    script = [GREETING, EHLO, *MESSAGE, *refused, ("RSET", "250 OK"), *MESSAGE]
    with scripted(script) as server, SmtpClient(settings(server.port)) as client:
        assert [client.send(envelope()).outcome for _ in range(3)] == ["accepted", "failed", "accepted"]
        assert client.accepted == 2
    assert (server.connections, len(server.contents)) == (1, 2)


def test_the_next_envelope_may_travel_behind_the_final_dot() -> None:
    first, second = envelope(), envelope("b@example.com")
    script = [GREETING, EHLO, MAIL, RCPT, DATA, DONE, MAIL, RCPT, DATA, DONE]
    with scripted(script) as server, SmtpClient(settings(server.port)) as client:
        assert client.send(first, then=second).outcome == "accepted"
        assert client.send(second).outcome == "accepted"
    assert (server.connections, len(server.contents)) == (1, 2)


def test_announcing_one_and_sending_another_costs_the_connection_only() -> None:
    first, second, third = envelope(), envelope("b@example.com"), envelope("c@example.com")
    announced = [GREETING, EHLO, MAIL, RCPT, DATA, DONE, MAIL, RCPT, DATA]
    with scripted(announced, [GREETING, EHLO, *MESSAGE]) as server, SmtpClient(settings(server.port)) as client:
        assert client.send(first, then=second).outcome == "accepted"
        assert client.send(third).outcome == "accepted"
    assert "RCPT TO:<c@example.com>" in server.said
    assert len(server.contents) == 2


def test_an_announced_envelope_may_be_refused() -> None:
    first, second = envelope(), envelope("b@example.com")
    script = [GREETING, EHLO, MAIL, RCPT, DATA, DONE, MAIL, ("RCPT", "550 5.1.1 No"), ("DATA", "503 No")]
    with scripted(script) as server, SmtpClient(settings(server.port)) as client:
        assert client.send(first, then=second).outcome == "accepted"
        ended = client.send(second)
    assert (ended.outcome, ended.stage, ended.enhanced) == ("failed", "rcpt", "5.1.1")
    assert len(server.contents) == 1


def test_a_connection_that_died_of_idleness_is_renewed_once() -> None:
    with (
        scripted([GREETING, EHLO, *MESSAGE, ("MAIL", CLOSE)], [GREETING, EHLO, *MESSAGE]) as server,
        SmtpClient(settings(server.port)) as client,
    ):
        assert client.send(envelope()).outcome == "accepted"
        assert client.send(envelope()).outcome == "accepted"
    assert len(server.contents) == 2


def test_after_421_the_next_message_takes_a_new_connection() -> None:
    with (
        scripted([GREETING, EHLO, MAIL, ("RCPT", "421 4.7.0 Slow down")], [GREETING, EHLO, *MESSAGE]) as server,
        SmtpClient(settings(server.port)) as client,
    ):
        assert client.send(envelope()).code == 421
        assert client.send(envelope()).outcome == "accepted"
    assert server.connections == 2


def test_an_old_server_is_greeted_with_helo() -> None:
    script = [GREETING, ("EHLO", "502 5.5.1 What"), ("HELO", "250 old.test"), *MESSAGE]
    with scripted(script) as server, SmtpClient(settings(server.port)) as client:
        assert client.send(envelope()).outcome == "accepted"


# TLS and login


Start = Callable[..., SmtpServer]


def test_starttls_login_and_message(start_smtp_server: Start, tmp_path: Path) -> None:
    trusted, context = certificate(tmp_path, "localhost")
    server = start_smtp_server(login=("user", "sécret"), tls=context)
    secure = settings(
        server.port, host="localhost", security="starttls", ca_file=trusted, username="user", password="sécret"
    )
    with SmtpClient(secure) as client:
        assert client.send(envelope(data=built(compiled()))).outcome == "accepted"
    assert test_connection(secure).outcome == "accepted"


def test_a_certificate_of_another_name_or_authority_is_refused(start_smtp_server: Start, tmp_path: Path) -> None:
    trusted, context = certificate(tmp_path, "other.test")
    server = start_smtp_server(tls=context)
    for changed in ({"ca_file": trusted}, {}):
        ended = SmtpClient(settings(server.port, host="localhost", security="starttls", **changed)).send(envelope())
        assert (ended.outcome, ended.stage) == ("deferred", "starttls")
        assert "certificate" in ended.text
    unchecked = settings(server.port, host="localhost", security="starttls", verify=False)
    assert test_connection(unchecked).outcome == "accepted"


def test_without_starttls_nothing_is_said_in_the_clear(smtp_server: SmtpServer) -> None:
    ended = SmtpClient(settings(smtp_server.port, security="starttls", username="u", password="p")).send(envelope())
    assert (ended.outcome, ended.stage) == ("deferred", "starttls")
    assert smtp_server.attempts == []


def test_what_comes_before_the_handshake_is_not_trusted() -> None:
    injected = ("STARTTLS", "220 Go\r\n250-injected\r\n250 AUTH PLAIN")
    with scripted([GREETING, ("EHLO", "250-x\r\n250 STARTTLS"), injected]) as server:
        ended = SmtpClient(settings(server.port, security="starttls")).send(envelope())
    assert (ended.outcome, ended.stage) == ("deferred", "starttls")
    assert "clear" in ended.text


def test_a_wrong_password_is_said_in_the_servers_words(start_smtp_server: Start) -> None:
    server = start_smtp_server(login=("user", "secret"))
    ended = test_connection(settings(server.port, username="user", password="wrong"))
    assert (ended.outcome, ended.stage, ended.code) == ("deferred", "auth", 535)


def test_login_in_the_old_manner() -> None:
    script: list[Step] = [
        GREETING,
        ("EHLO", "250-x\r\n250 AUTH=LOGIN"),
        ("AUTH LOGIN", "334 VXNlcm5hbWU6"),
        ("DXNLCG==", "334 UGFzc3dvcmQ6"),
        ("CGFZCW==", "235 2.7.0 Welcome"),
        *MESSAGE,
    ]
    with scripted(script) as server, SmtpClient(settings(server.port, username="user", password="pass")) as client:
        assert client.send(envelope()).outcome == "accepted"


def test_a_password_is_not_sent_without_tls_to_another_machine() -> None:
    from messaging.smtp.connection import Connection
    from messaging.smtp.opening import OpeningFailed, _Opening

    with scripted([GREETING, ("EHLO", "250-x\r\n250 AUTH PLAIN")]) as server:
        connection = Connection(settings(server.port))
        far = SmtpSettings("smtp.example.com", 25, "none", "user", "secret", timeouts=QUICK)
        with pytest.raises(OpeningFailed, match="without TLS"):
            _Opening(far, connection).run()
        connection.close()
    assert not any("AUTH" in line for line in server.said)


def test_a_password_is_in_no_log_by_accident() -> None:
    assert "secret" not in repr(SmtpSettings("localhost", username="u", password="secret"))
