"""What comes in through gateways: from a request to a command of the person who answered, and a reply."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from bridgewatch.adapters.answers import tokens
from bridgewatch.adapters.answers.keys import KeyRing
from bridgewatch.adapters.answers.press import KEYS, Press, command_of
from bridgewatch.adapters.answers.providers import SECRET, Arrived, Incoming, Provider, provider_of, way_of
from bridgewatch.adapters.answers.replies import Choice, Doubt, choose, hear, phone_number
from bridgewatch.adapters.throttle import Throttle
from bridgewatch.model.commands import Refusal, Verdict
from bridgewatch.model.delivery import Result
from bridgewatch.model.desk import Desk, Standing
from bridgewatch.model.ids import GatewayId, IncidentId
from bridgewatch.model.log import Composed
from bridgewatch.model.paging import AckWay, TextForm
from bridgewatch.model.people import Contact, Gateway
from bridgewatch.model.secret import Secret
from bridgewatch.texts.answers import AnswerWords, answer_words
from bridgewatch.texts.messages.gsm import LIMIT, clip, plain

log = logging.getLogger(__name__)

_LINES_A_SECOND: Final = 1 / 60  # of one gateway: what floods in floods no log
_LINES_AT_ONCE: Final = 5
_SHOWN_DIGITS: Final = 3
_SHOWN_CODES: Final = 15  # of an answer that fits one SMS
_LONGEST_CODE: Final = 8  # what stands for a code may be longer
_LONGEST_ERROR: Final = 120
_REPLIES_AT_ONCE: Final = 32  # under way by calls of our own

Say = Callable[[Gateway, Contact, str, str], Awaitable[Result]]
"""Sends a text to an address of a contact through a gateway. Never raises."""


@dataclass(frozen=True, slots=True)
class _Answered:
    """What is to be done, and how it is told."""

    contact: Contact
    press: Press
    incidents: tuple[IncidentId, ...]
    message: Composed | None = None


@dataclass(frozen=True, slots=True)
class _Reply:
    """What somebody is told."""

    contact: Contact
    text: str


class Inbound:
    """Answers that come through gateways. `counts` by (gateway, outcome).

    `say` is how people are told what became of their answer where a gateway's response cannot say it; without
    it they hear nothing there.
    """

    def __init__(
        self, desk: Desk, ring: KeyRing, secret: Callable[[Secret], str], say: Say | None = None
    ) -> None:
        self._desk = desk
        self._say = say
        self._replies: set[asyncio.Task[None]] = set()
        self._ring = ring
        self._secret = secret
        self._lines = Throttle(_LINES_A_SECOND, _LINES_AT_ONCE)
        self._unread: set[GatewayId] = set()  # whose last request could not be read
        self.counts: Counter[tuple[str, str]] = Counter()

    async def take(self, name: str, arrived: Arrived) -> web.Response:
        """Answer one request. An unknown gateway and a forged request get the same response."""
        gateway = self._desk.inventory.directory.gateways.get(GatewayId(name))
        if gateway is None or SECRET not in gateway.secrets or way_of(gateway) not in gateway.answers:
            return _nothing_here()
        provider = provider_of(gateway)
        if not self._is_genuine(provider, arrived, gateway):
            return _nothing_here()
        try:
            incoming = provider.read(arrived, gateway)
        except ValueError as error:
            return self._unreadable(gateway, error)
        if gateway.id in self._unread:
            self._unread.discard(gateway.id)
            log.info("inbound of gateway %s: its requests can be read again", gateway.id)
        if incoming is None:
            self.counts[gateway.id, "ignored"] += 1
            return web.json_response({})
        answer = await self._answer(gateway, incoming)
        if answer is None:
            return web.json_response({})
        if provider.calls_back:
            self._call_back(gateway, incoming, answer)
        return provider.reply(_in_form(gateway, answer.text), incoming)

    def _is_genuine(self, provider: Provider, arrived: Arrived, gateway: Gateway) -> bool:
        try:
            genuine = provider.genuine(arrived, gateway, self._secret_of(gateway))
        except ValueError:  # what it is proven by stands in what cannot be read
            genuine = False
        if not genuine:
            self._note(gateway, "forged", "a request that does not prove to be the gateway's")
        return genuine

    def _unreadable(self, gateway: Gateway, error: ValueError) -> web.Response:
        """The gateway itself sent it, so it is told; the log is told once until it sends what can be read."""
        self.counts[gateway.id, "malformed"] += 1
        what = str(error)[:_LONGEST_ERROR]
        if gateway.id not in self._unread:
            self._unread.add(gateway.id)
            log.warning("inbound of gateway %s: a request that cannot be read: %s", gateway.id, what)
        return web.json_response({"error": what}, status=400)

    def _call_back(self, gateway: Gateway, incoming: Incoming, answer: _Reply) -> None:
        """Tell it by a call of our own; the gateway is not kept waiting for that."""
        if self._say is None or len(self._replies) >= _REPLIES_AT_ONCE:
            self.counts[gateway.id, "no-reply"] += 1
            return
        telling = asyncio.create_task(self._tell(self._say, gateway, incoming, answer))
        self._replies.add(telling)
        telling.add_done_callback(self._replies.discard)

    async def _tell(self, say: Say, gateway: Gateway, incoming: Incoming, answer: _Reply) -> None:
        result = await say(gateway, answer.contact, incoming.chat, _in_form(gateway, answer.text))
        if not result.delivered:
            self._note(gateway, "no-reply", f"{answer.contact.id} could not be told: {result.detail}")

    def _secret_of(self, gateway: Gateway) -> str:
        try:
            return self._secret(gateway.secrets[SECRET]).strip()
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing can be proven without it
            self._note(gateway, "no-secret", f"its secret {SECRET!r} cannot be read: {error}")
            return ""

    async def _answer(self, gateway: Gateway, incoming: Incoming) -> _Reply | None:
        """Carry out what was answered; what the person is told, None for nobody we know."""
        if incoming.token is not None:
            return await self._by_token(gateway, incoming.token, incoming.text)
        candidates = _writers(self._desk.inventory.directory.contacts.values(), gateway, incoming)
        if not candidates:
            shown = incoming.sender[-_SHOWN_DIGITS:]
            self._note(gateway, "nobody", f"an answer of nobody in contacts.yaml, ...{shown}")
            return None
        standings = await self._desk.incidents(over=True)
        known = {_code(standing).upper() for standing in standings}
        heard = hear(incoming.text, gateway.settings.get("inbound_keyword", ""), known)
        now_ns = self._desk.now_ns()
        sent_ns = now_ns if incoming.sent_ns is None else min(now_ns, incoming.sent_ns)
        choice = choose(heard, candidates, standings, sent_ns)
        if choice.doubt is not None or choice.press is None:
            self._note(gateway, str(choice.doubt), f"{choice.contact.id} answered, and it could not be used")
            return _Reply(choice.contact, _doubtful(choice))
        chosen = tuple(standing.told.id for standing in choice.standings)
        return await self._carry_out(gateway, _Answered(choice.contact, choice.press, chosen))

    async def _by_token(self, gateway: Gateway, token: str, key: str) -> _Reply | None:
        claim = tokens.read(token)
        message = await self._desk.message(claim.message) if claim else None
        if (
            claim is None
            or not tokens.verify(claim, message, self._ring.keys(), self._desk.now_ns())
            or message is None
            or (contact := self._desk.inventory.directory.contacts.get(message.contact)) is None
        ):
            self._note(gateway, "nobody", "a key pressed in a call that is not ours or long over")
            return None
        if key not in KEYS:
            self.counts[gateway.id, str(Doubt.UNCLEAR)] += 1
            return _Reply(contact, answer_words(contact.language).reply_unclear)
        return await self._carry_out(gateway, _Answered(contact, KEYS[key], message.incidents, message))

    async def _carry_out(self, gateway: Gateway, answered: _Answered) -> _Reply:
        message = answered.message.message if answered.message else None
        command = command_of(answered.press, answered.contact, answered.incidents, way_of(gateway), message)
        verdict = await self._desk.command(command)
        self.counts[gateway.id, "accepted" if verdict.accepted else "refused"] += 1
        lines = [
            await self._told(incident, answered, verdict, answer_words(answered.contact.language))
            for incident in answered.incidents
        ]
        return _Reply(answered.contact, " ".join(lines))

    async def _told(
        self, incident: IncidentId, answered: _Answered, verdict: Verdict, words: AnswerWords
    ) -> str:
        standing = await self._desk.incident(incident)
        code = standing.told.code if standing else incident
        holder = dict(verdict.taken_by).get(incident) or (standing.told.taken_by if standing else None)
        mine = standing is not None and standing.taken_contact == answered.contact.id
        handed_back = standing is not None and standing.handed_back == answered.contact.id
        match dict(verdict.refusals).get(incident):
            case None if handed_back and answered.press is Press.DECLINE:
                return words.reply_handed_back.format(code)
            case None:
                return str(getattr(words, f"reply_{answered.press}")).format(code)
            case Refusal.ALREADY_TAKEN if mine and answered.press is Press.ACKNOWLEDGE:
                return words.reply_acknowledge.format(code)
            case Refusal.ALREADY_TAKEN if holder:
                return words.reply_taken.format(code, holder)
            case Refusal.ALREADY_OVER:
                return words.reply_over.format(code)
            case _:
                return words.reply_nothing

    def _note(self, gateway: Gateway, outcome: str, what: str) -> None:
        self.counts[gateway.id, outcome] += 1
        if self._lines.allows(gateway.id, time.monotonic()):
            log.warning("inbound of gateway %s: %s", gateway.id, what)


def _writers(contacts: Iterable[Contact], gateway: Gateway, incoming: Incoming) -> list[Contact]:
    """The contacts that a text can be from: by the sender's address, else by a chat of one alone."""
    known = list(contacts)
    if writers := [contact for contact in known if _has(contact, gateway, incoming.sender)]:
        return writers
    in_chat = [contact for contact in known if _has(contact, gateway, incoming.chat)]
    return in_chat if len(in_chat) == 1 else []


def _has(contact: Contact, gateway: Gateway, address: str) -> bool:
    own = [channel.address for channel in contact.channels if channel.gateway == gateway.id]
    if way_of(gateway) is not AckWay.SMS:
        return bool(address) and address in own
    number = phone_number(address)
    return bool(number) and number in {phone_number(one) for one in (*own, contact.phone or "")}


def _doubtful(choice: Choice) -> str:
    words = answer_words(choice.contact.language)
    match choice.doubt:
        case Doubt.WHICH:
            return words.reply_which.format(_listed([_code(one) for one in choice.standings], words))
        case Doubt.NOTHING if choice.unknown:
            return words.reply_unknown.format(_listed(choice.unknown, words))
        case Doubt.NOTHING:
            return words.reply_nothing
        case _:
            return words.reply_unclear


def _listed(codes: Sequence[str], words: AnswerWords) -> str:
    shown = [code[:_LONGEST_CODE] for code in codes[:_SHOWN_CODES]]
    more = [words.more_codes.format(len(codes) - len(shown))] if len(codes) > len(shown) else []
    return " ".join([*shown, *more])


def _code(standing: Standing) -> str:
    return standing.told.code


def _in_form(gateway: Gateway, text: str) -> str:
    """A reply as the gateway carries text: `short` is one SMS of plain letters."""
    return clip(plain(text), LIMIT) if gateway.form is TextForm.SHORT else text


def _nothing_here() -> web.Response:
    return web.json_response({"error": "not found"}, status=404)
