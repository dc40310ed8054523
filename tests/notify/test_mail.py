"""Mail against a real SMTP server."""

import pytest

from bridgewatch.model.delivery import Text
from tests.notify.conftest import Send
from tests.notify.gateways import Answer, Hang, MailServer
from tests.notify.gateways.mail import CERTIFICATE
from tests.notify.orders import TEXT, mail


def test_a_page_arrives_with_subject_text_and_a_marked_header(mailbox: MailServer, send: Send) -> None:
    assert send(mail(mailbox.port), "truc@example.vn").delivered
    (got,) = mailbox.received
    assert got.address == "truc@example.vn"
    assert got.body["subject"] == TEXT.title
    assert got.text.strip() == TEXT.body
    assert got.headers["Auto-Submitted"] == "auto-generated"
    assert got.headers["From"] == "NOC <noc@example.vn>"


def test_every_try_of_a_message_has_the_same_message_id_and_another_message_another(
    mailbox: MailServer, send: Send
) -> None:
    for number, message in ((1, "m-1"), (2, "m-1"), (1, "m 2>")):
        assert send(mail(mailbox.port), "truc@example.vn", number=number, message=message).delivered
    assert [got.id for got in mailbox.received] == [
        "<m-1@example.vn>",
        "<m-1@example.vn>",
        "<m-2-@example.vn>",
    ]


def test_an_unknown_recipient_is_permanent_and_said_in_the_servers_words(
    mailbox: MailServer, send: Send
) -> None:
    result = send(mail(mailbox.port), "nobody@example.vn")
    assert (result.delivered, result.permanent) == (False, True)
    assert result.detail == "550 5.1.1 no such user"


def test_greylisting_is_passing_and_the_next_try_goes_through(mailbox: MailServer, send: Send) -> None:
    mailbox.script("mail", Answer(451, "4.7.1 greylisted, come back later"))
    first = send(mail(mailbox.port), "truc@example.vn")
    assert (first.delivered, first.permanent) == (False, False)
    assert "greylisted" in first.detail
    assert send(mail(mailbox.port), "truc@example.vn", number=2).delivered


def test_a_refused_text_is_permanent(mailbox: MailServer, send: Send) -> None:
    mailbox.script("mail", Answer(554, "5.7.1 spam"))
    assert send(mail(mailbox.port), "truc@example.vn").permanent


def test_a_server_that_hangs_is_given_up_at_the_time_limit(mailbox: MailServer, send: Send) -> None:
    mailbox.script("mail", Hang())
    result = send(mail(mailbox.port, timeout=0.3), "truc@example.vn")
    assert (result.delivered, result.permanent) == (False, False)


def test_a_server_that_is_not_there_is_passing(send: Send) -> None:
    server = MailServer()
    server.start()
    server.stop()
    result = send(mail(server.port), "truc@example.vn")
    assert (result.delivered, result.permanent) == (False, False)
    assert "refused" in result.detail


def test_a_password_is_used_as_it_is_and_a_wrong_one_is_permanent(send: Send, monkeypatch) -> None:
    with MailServer(login=True) as server:
        assert send(mail(server.port, login=True), "truc@example.vn").delivered
        monkeypatch.setenv("MAIL_PASSWORD", "another-password")
        result = send(mail(server.port, login=True), "truc@example.vn")
        assert result.permanent
        assert "535" in result.detail


def test_a_server_without_starttls_is_not_sent_to_in_clear(mailbox: MailServer, send: Send) -> None:
    result = send(mail(mailbox.port, tls="starttls"), "truc@example.vn")
    assert result.permanent
    assert not mailbox.received


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(send: Send, security: str, monkeypatch) -> None:
    with MailServer(security=security) as server:
        result = send(mail(server.port, tls=security), "truc@example.vn")
        assert result.permanent
        assert "certificate" in result.detail
        assert not server.received
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        assert send(mail(server.port, tls=security), "truc@example.vn").delivered


def test_what_is_no_address_is_permanent(mailbox: MailServer, send: Send) -> None:
    for address in ("not an address", "a@example.vn, b@example.vn", ""):
        result = send(mail(mailbox.port), address)
        assert result.permanent
        assert "address" in result.detail
    assert not mailbox.received


def test_a_subject_cannot_smuggle_headers(mailbox: MailServer, send: Send) -> None:
    text = Text("[K7F2] a\r\nBcc: everybody@example.vn", "b", ("K7F2",))
    assert send(mail(mailbox.port), "truc@example.vn", text).delivered
    (got,) = mailbox.received
    assert "Bcc" not in got.headers
