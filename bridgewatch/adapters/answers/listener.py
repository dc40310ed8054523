"""The listener that phones and gateways reach: answer pages, inbound messages, and nothing else.

It has an address of its own, so that it can stand behind a reverse proxy while everything else stays inside.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from aiohttp import web

from bridgewatch.adapters.answers import tokens
from bridgewatch.adapters.answers.inbound import Inbound, Say
from bridgewatch.adapters.answers.keys import KeyRing
from bridgewatch.adapters.answers.page import View, answer_page, plain_page
from bridgewatch.adapters.answers.press import Press, command_of
from bridgewatch.adapters.answers.providers import Arrived
from bridgewatch.adapters.answers.style import HEADERS
from bridgewatch.adapters.throttle import Throttle, client_of
from bridgewatch.model.delivery import Attempt, Figures, with_figures
from bridgewatch.model.desk import Desk, Stage, Standing
from bridgewatch.model.ids import IncidentId
from bridgewatch.model.log import Composed
from bridgewatch.model.paging import ASKING, AckWay
from bridgewatch.model.people import Contact
from bridgewatch.model.secret import Secret
from bridgewatch.model.words import Language
from bridgewatch.texts.answers import answer_words
from bridgewatch.texts.names import Names

log = logging.getLogger(__name__)

LIFETIME_NS: Final = 24 * 3600 * 10**9
_REQUESTS_A_SECOND: Final = 5.0
_REQUESTS_AT_ONCE: Final = 40
_GATEWAY_REQUESTS_A_SECOND: Final = 50.0  # a provider sends everybody's answers from few addresses
_GATEWAY_REQUESTS_AT_ONCE: Final = 500
_LONGEST_BODY: Final = 64 * 1024  # an update of a chat quotes what it replies to
_LONGEST_FORM: Final = 2048
_BODY_SECONDS: Final = 10.0
_IDLE_SECONDS: Final = 15.0
_LONGEST_CHAIN: Final = 8  # of incidents that explain each other
_LOOKED_AT: Final = 10  # incidents of which the links are shown as they are now
_FOREIGN: Final = frozenset({"cross-site", "same-site"})

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class _Opened:
    """A token that was verified, with what it is about."""

    token: str
    message: Composed
    contact: Contact


class Answers:
    """The pages and the gateways' door of one desk. `counts` by what became of requests for pages.

    `secret` reads a secret of the configuration, and raises where it cannot. `figures` looks at a link now,
    `say` tells people what became of an answer. `lifetime_ns`: how long links open.
    """

    def __init__(
        self,
        desk: Desk,
        ring: KeyRing,
        secret: Callable[[Secret], str],
        figures: Figures = lambda _: None,
        say: Say | None = None,
        lifetime_ns: int = LIFETIME_NS,
    ) -> None:
        self._desk = desk
        self._ring = ring
        self._figures = figures
        self._lifetime_ns = lifetime_ns
        self._throttle = Throttle(_REQUESTS_A_SECOND, _REQUESTS_AT_ONCE)
        self._gateways = Throttle(_GATEWAY_REQUESTS_A_SECOND, _GATEWAY_REQUESTS_AT_ONCE)
        self.inbound: Final = Inbound(desk, ring, secret, say)
        self.counts: Counter[str] = Counter()

    def link(self, message: tokens.Asking) -> str | None:
        """Where `message` is answered; None where it asks for nothing or phones cannot reach us."""
        token = self._token(message)
        return f"{self._public_url()}/a/{token}" if token else None

    def key_press_url(self, attempt: Attempt) -> str | None:
        """Where a voice gateway reports the key that is pressed during a call; None as for `link`."""
        token = self._token(attempt)
        return f"{self._public_url()}/in/{attempt.gateway}?t={token}" if token else None

    def _token(self, message: tokens.Asking) -> str | None:
        if self._desk.inventory.directory.public_url is None or message.kind not in ASKING:
            return None
        return tokens.sign(message, self._ring.keys(), self._desk.now_ns() + self._lifetime_ns)

    def _public_url(self) -> str:
        return (self._desk.inventory.directory.public_url or "").rstrip("/")

    def application(self) -> web.Application:
        """The application; serve it with `make_runner`."""
        app = web.Application(client_max_size=_LONGEST_BODY, middlewares=[self._guard])
        app.router.add_get("/a/{token}", self._show)  # and HEAD: neither changes anything
        app.router.add_post("/a/{token}", self._press)
        app.router.add_post("/in/{gateway}", self._take)
        app.router.add_post("/in/{gateway}/{secret}", self._take)
        app.on_response_prepare.append(_add_headers)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        words = answer_words(_language(request, Language.VI))
        throttle = self._gateways if request.path.startswith("/in/") else self._throttle
        if not throttle.allows(client_of(request), time.monotonic()):
            self.counts["throttled"] += 1
            return self._plain(request, 429, words.too_many)
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                return await handler(request)
        except web.HTTPNotFound:
            return self._refuse(request)
        except web.HTTPException as refusal:
            return self._plain(request, refusal.status, refusal.reason)
        except TimeoutError:
            return self._plain(request, 503, words.unavailable)
        except Exception:
            log.exception("an answer could not be taken")
            return self._plain(request, 503, words.unavailable)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        opened = await self._open(request)
        if opened is None:
            return self._refuse(request)
        self.counts["shown"] += 1
        said = request.query.get("said", "")
        return await self._page(request, opened, said=Press(said) if said in list(Press) else None)

    async def _press(self, request: web.Request) -> web.StreamResponse:
        opened = await self._open(request)
        if opened is None:
            return self._refuse(request)
        if (request.content_length or 0) > _LONGEST_FORM:
            raise web.HTTPRequestEntityTooLarge(_LONGEST_FORM, request.content_length or 0)
        form = await request.post()
        word, pressed = form.get("form"), form.get("answer")
        genuine = isinstance(word, str) and tokens.verify_form(opened.token, word, self._ring.keys())
        if not genuine or pressed not in list(Press) or request.headers.get("Sec-Fetch-Site") in _FOREIGN:
            self.counts["stale"] += 1
            stale = answer_words(_language(request, opened.contact.language)).stale
            return await self._page(request, opened, notice=stale, status=403)
        return await self._answer(request, opened, Press(str(pressed)))

    async def _answer(self, request: web.Request, opened: _Opened, press: Press) -> web.StreamResponse:
        message = opened.message
        command = command_of(press, opened.contact, message.incidents, AckWay.LINK, message.message)
        verdict = await self._desk.command(command)
        self.counts["accepted" if verdict.accepted else "refused"] += 1
        # What the others are told follows from the incidents; that help was asked for cannot be seen there.
        said = f"&said={press}" if verdict.accepted or press is not Press.HELP else ""
        language = _language(request, opened.contact.language)
        # A page that is reloaded or restored must not press again.
        return web.Response(status=303, headers={"Location": f"?lang={language}{said}"})

    async def _open(self, request: web.Request) -> _Opened | None:
        """What the token in the path opens, None for anything that is not in order."""
        token = request.match_info["token"]
        claim = tokens.read(token)
        if claim is None:
            return None
        message = await self._desk.message(claim.message)
        genuine = tokens.verify(claim, message, self._ring.keys(), self._desk.now_ns())
        if not genuine or message is None:
            return None
        contact = self._desk.inventory.directory.contacts.get(message.contact)
        return _Opened(token, message, contact) if contact else None

    async def _page(
        self,
        request: web.Request,
        opened: _Opened,
        *,
        said: Press | None = None,
        notice: str = "",
        status: int = 200,
    ) -> web.StreamResponse:
        found = [await self._desk.incident(incident) for incident in opened.message.incidents]
        standings = [standing for standing in found if standing is not None]
        if len(standings) <= _LOOKED_AT:
            standings = [self._looked_at(standing) for standing in standings]
        called = {contact for standing in standings for contact in standing.called}
        names = Names(self._desk.inventory)
        view = View(
            contact=opened.contact,
            standings=standings,
            roots=await self._roots(standings),
            now_ns=self._desk.now_ns(),
            timezone=self._desk.inventory.timezone,
            language=_language(request, opened.contact.language),
            form=tokens.form_word(opened.token, self._ring.keys()),
            said=said,
            notice=notice,
            names={contact: names.reach(contact) for contact in called},
        )
        return web.Response(text=answer_page(view), content_type="text/html", status=status)

    def _looked_at(self, standing: Standing) -> Standing:
        return replace(standing, told=with_figures(standing.told, self._figures))

    async def _roots(self, standings: Sequence[Standing]) -> dict[IncidentId, Standing]:
        """What explains those that are folded in the end, by their ids."""
        roots = {}
        for standing in standings:
            root: Standing | None = standing
            for _ in range(_LONGEST_CHAIN):
                if root is None or root.stage is not Stage.FOLDED or root.told.into is None:
                    break
                root = await self._desk.incident(root.told.into)
            if root is not None and root is not standing:
                roots[standing.told.id] = root
        return roots

    def _refuse(self, request: web.Request) -> web.StreamResponse:
        """The same for everything that does not open: nothing is learnt from it."""
        self.counts["refused-link"] += 1
        return self._plain(request, 404, answer_words(_language(request, Language.VI)).refused)

    def _plain(self, request: web.Request, status: int, text: str) -> web.StreamResponse:
        if request.path.startswith("/in/"):
            return web.json_response({"error": text}, status=status)
        language = _language(request, Language.VI)
        title = (
            answer_words(language).refused_title if status == web.HTTPNotFound.status_code else "bridgewatch"
        )
        return web.Response(text=plain_page(language, title, text), content_type="text/html", status=status)

    async def _take(self, request: web.Request) -> web.StreamResponse:
        arrived = Arrived(
            headers=request.headers,
            query=request.query,
            path_secret=request.match_info.get("secret", ""),
            body=await request.read(),
        )
        return await self.inbound.take(request.match_info["gateway"], arrived)


def make_runner(app: web.Application) -> web.AppRunner:
    """A runner with bounds on what a client may send and how long it may idle."""
    return web.AppRunner(
        app,
        access_log=None,  # tokens stand in paths
        keepalive_timeout=_IDLE_SECONDS,
        shutdown_timeout=2.0,
        max_line_size=4096,
        max_field_size=4096,
        max_headers=64,
    )


def _language(request: web.Request, otherwise: Language) -> Language:
    asked = request.query.get("lang", "")
    return Language(asked) if asked in list(Language) else otherwise


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
