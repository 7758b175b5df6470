"""The mail server of the tests: it keeps what comes and fails as asked."""

import smtplib

import pytest

from tests.fixtures.smtp import SmtpServer

MAIL = "From: a@example.com\r\nTo: b@example.com\r\nSubject: x\r\n\r\n.dot\r\n"


@pytest.fixture
def client(smtp_server: SmtpServer) -> smtplib.SMTP:
    # These are no messages of the product.
    smtp_server.is_linted = False
    return smtplib.SMTP(smtp_server.host, smtp_server.port, timeout=5)


def test_what_is_accepted_is_kept_byte_for_byte(smtp_server: SmtpServer, client: smtplib.SMTP) -> None:
    client.sendmail("a@example.com", ["b@example.com"], MAIL)
    assert smtp_server.received[0].sender == "a@example.com"
    assert smtp_server.received[0].raw == MAIL.encode()
    assert smtp_server.to("b@example.com")


@pytest.mark.parametrize("address", ["451-rcpt@example.com", "550-rcpt+7@example.com"])
def test_a_recipient_may_ask_to_be_refused(smtp_server: SmtpServer, client: smtplib.SMTP, address: str) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.sendmail("a@example.com", [address], MAIL)
    assert refused.value.recipients[address][0] == int(address[:3])
    assert not smtp_server.received


def test_a_message_may_be_refused_after_its_data(smtp_server: SmtpServer, client: smtplib.SMTP) -> None:
    with pytest.raises(smtplib.SMTPDataError):
        client.sendmail("a@example.com", ["554-data@example.com"], MAIL)
    assert not smtp_server.received


def test_once_means_that_the_second_try_succeeds(smtp_server: SmtpServer, client: smtplib.SMTP) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        client.sendmail("a@example.com", ["451-rcpt-once@example.com"], MAIL)
    client.sendmail("a@example.com", ["451-rcpt-once@example.com"], MAIL)
    assert len(smtp_server.received) == 1


def test_421_closes_the_connection(smtp_server: SmtpServer, client: smtplib.SMTP) -> None:
    client.ehlo()
    client.mail("a@example.com")
    assert client.rcpt("421-mail@example.com")[0] == 421
    assert client.sock is not None
    assert client.sock.recv(1) == b""


def test_the_connection_may_break_before_the_answer_though_the_message_came(
    smtp_server: SmtpServer, client: smtplib.SMTP
) -> None:
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.sendmail("a@example.com", ["drop-data@example.com"], MAIL)
    assert len(smtp_server.received) == 1


def test_a_login_can_be_demanded(start_smtp_server: object) -> None:
    server = start_smtp_server(login=("user", "secret"))  # type: ignore[operator]
    with smtplib.SMTP(server.host, server.port, timeout=5) as bad, pytest.raises(smtplib.SMTPAuthenticationError):
        bad.login("user", "wrong")
    with smtplib.SMTP(server.host, server.port, timeout=5) as good:
        good.login("user", "secret")
        assert good.mail("a@example.com")[0] == 250
