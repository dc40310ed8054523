"""Gateways of our own that behave as the real ones document, errors included.

    with HttpGateways() as far:
        far.script("telegram", Answer(500), Hang())   # then it behaves again
        ... send to far.url ...
        far.wait(3)[-1].text

    with MailServer() as server: ...

Each runs on loopback in a thread of its own, keeps what it received in order, and can be stopped, and started
again at the same port. Nothing here sleeps: what hangs waits for `release()` or the end.
"""

from tests.notify.gateways.http import HttpGateways
from tests.notify.gateways.mail import MailServer
from tests.notify.gateways.script import Answer, Hang, Received

__all__ = ["Answer", "Hang", "HttpGateways", "MailServer", "Received"]
