"""Mail through an SMTP server.

Settings: `host`, `port`, `from`, `user`, `tls` (starttls, tls or none), `helo`; secret: `password`.
The stable id is the Message-ID header, the same at every try: mail programs show a repetition once.
"""

import contextlib
import email
import re
import smtplib
import socket
import ssl
from typing import Any, Final

from apprise.plugins.email import NotifyEmail

from bridgewatch.adapters.notify import judge
from bridgewatch.adapters.notify.kind import Kind, Order, UnfitError, addressed
from bridgewatch.model.delivery import Result

_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
_MODES: Final = {"starttls": "starttls", "tls": "ssl", "none": "insecure"}
_PARTING_SECONDS: Final = 1.0  # the message was taken; QUIT is only good manners
_ODD: Final = re.compile(r"[^A-Za-z0-9._-]")


class Mail(NotifyEmail):
    """Apprise's mail, with our Message-ID and with the server's own words about a failure."""

    def __init__(self, order: Order) -> None:
        tls = order.setting("tls", "starttls")
        if tls not in _MODES:
            raise UnfitError(f"gateway {order.gateway.id}: tls is {tls!r}, not starttls, tls or none")
        host = order.setting("host")
        super().__init__(  # type: ignore[no-untyped-call]
            smtp_host=host,
            host=host,
            port=int(order.setting("port", str(_PORTS[tls]))),
            secure_mode=_MODES[tls],
            from_addr=order.setting("from"),
            targets=order.attempt.address,
            # Auto-Submitted keeps answering machines quiet (RFC 3834).
            headers={"Auto-Submitted": "auto-generated", "X-Bridgewatch-Kind": order.attempt.kind.value},
            format="text",
            **order.apprise,
        )
        addressed(order, self.targets)
        # Set here because the constructor takes them for parts of a URL and unquotes them.
        self.user = order.gateway.settings.get("user")
        self.password = order.secrets.get("password")
        self.helo = order.setting("helo", socket.gethostname())
        self.sender = str(self.from_addr[1])
        domain = self.sender.rpartition("@")[2]
        self.message_id = f"<{_ODD.sub('-', order.attempt.message)}@{domain}>"
        self.result: Result = judge.passing("nothing was sent")

    def send(self, body: str, title: str = "", *_: Any, **__: Any) -> bool:
        """What Apprise calls."""
        messages = self.prepare_emails(
            subject=title,
            body=body,
            notify_format="text",
            from_addr=self.from_addr,
            to=self.targets,
            smtp_host=self.smtp_host,
            headers=self.headers,
            tzinfo=self.tzinfo,
        )
        try:
            for message in messages:
                self._submit(message.to_addrs, self._with_id(message.body))
        except (OSError, smtplib.SMTPException) as error:
            self.result = judge.of_smtp(error)
        else:
            self.result = judge.delivered(f"accepted as {self.message_id}")
        return self.result.delivered

    def _submit(self, to: list[str], message: str) -> None:
        server = self._connect()
        try:
            if self.secure_mode == "starttls":
                server.starttls(context=ssl.create_default_context())
            if self.user and self.password:
                server.login(self.user, self.password)
            server.sendmail(self.sender, to, message)
            if server.sock is not None:
                server.sock.settimeout(_PARTING_SECONDS)
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.quit()
        finally:
            server.close()

    def _connect(self) -> smtplib.SMTP:
        # Without a name of our own smtplib asks the DNS for it, which hangs when our link is what failed.
        host, port, timeout = self.smtp_host, int(self.port or 0), self.socket_connect_timeout
        if self.secure_mode == "ssl":
            trust = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, port, self.helo, timeout=timeout, context=trust)
        return smtplib.SMTP(host, port, self.helo, timeout=timeout)

    def _with_id(self, text: str) -> str:
        message = email.message_from_string(text)
        message.replace_header("Message-ID", self.message_id)
        return message.as_string()


KIND: Final = Kind(
    Mail,
    settings={"host": True, "port": False, "from": True, "user": False, "tls": False, "helo": False},
    secrets={"password": False},
)
