"""A real SMTP server, by aiosmtpd."""

import asyncio
import email
import email.policy
import ssl
import time
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.notify.gateways.script import Answer, Book, Received

CERTIFICATE = Path(__file__).with_name("loopback.pem")  # for 127.0.0.1, signed by itself
MAIL_USER, MAIL_PASSWORD = "noc", "mail-password-%40secret"


class MailServer(Book):
    """Takes mail at `port`; `nobody@...` does not exist. `script("mail", Answer(451, "try again"))` refuses.

    `security` is starttls, tls or none; its certificate is trusted by whoever trusts `CERTIFICATE`.
    """

    def __init__(self, *, login: bool = False, security: str = "none") -> None:
        super().__init__()
        self.port = 0
        self._login = login
        self._security = security

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen: at a free port, or at the one it had before."""
        options: dict[str, Any] = {}
        if self._login:
            options |= {"authenticator": _authenticate, "auth_require_tls": False}
        if self._security != "none":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            options["ssl_context" if self._security == "tls" else "tls_context"] = context
        self._controller = _Controller(self, hostname="127.0.0.1", port=self.port, **options)
        self._controller.start()
        self.port = self._controller.server.sockets[0].getsockname()[1]
        self._freed = asyncio.Event()

    def stop(self) -> None:
        """Refuse connections from now on; what hangs is let go."""
        self.release()
        self._controller.stop()

    def release(self) -> None:
        """Let go of all that hangs now."""
        self._controller.loop.call_soon_threadsafe(self._release)

    def _release(self) -> None:
        self._freed.set()
        self._freed = asyncio.Event()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._login and not session.authenticated:
            return "530 5.7.0 authentication required"
        if address.startswith("nobody@"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        act = self.next_act("mail")
        if isinstance(act, Answer):
            return f"{act.status} {act.body or 'as told'}"
        if act is not None:
            self.note_hanging(1)
            await self._freed.wait()
            self.note_hanging(-1)
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        headers = {name: str(value) for name, value in message.items()}
        text = message.get_content()
        self.note(
            Received(
                "mail",
                envelope.rcpt_tos[0],
                text,
                True,
                headers.get("Message-ID"),
                headers,
                {"subject": headers.get("Subject", "")},
                time.monotonic(),
            )
        )
        return "250 OK"


class _Controller(Controller):
    def _trigger_server(self) -> None:
        # The port is chosen by the kernel: the controller must ask for the one that it got.
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
) -> AuthResult:
    right = (data.login, data.password) == (MAIL_USER.encode(), MAIL_PASSWORD.encode())
    return AuthResult(success=right, handled=False)
