"""The API as an HTTP application: who calls, whether they may, what they sent, and errors for people."""

import json
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web
from pydantic import ValidationError

from bridgewatch.adapters.api.bearers import Bearers, BearersError, Caller
from bridgewatch.adapters.api.forms import ProblemTold, RefusedTold
from bridgewatch.adapters.api.openapi import document
from bridgewatch.adapters.api.refusals import RefusedError
from bridgewatch.adapters.api.routes import ROUTES, Call, Route
from bridgewatch.adapters.api.service import Rotate, Service
from bridgewatch.adapters.throttle import Throttle, client_of
from bridgewatch.model.commands import Refusal
from bridgewatch.model.desk import Desk
from bridgewatch.model.paging import AckWay
from bridgewatch.model.phrases import Phrase, Words, phrase
from bridgewatch.model.ports import StoreUnavailableError
from bridgewatch.model.words import Language
from bridgewatch.texts.phrases.tell import tell_phrase

log = logging.getLogger(__name__)

PREFIX: Final = "/api/v1"
LONGEST_BODY: Final = 16 * 1024
"""What the application that this one is mounted in must let through."""
_BEHALF: Final = "X-On-Behalf-Of"
_LONGEST_NAME: Final = 100
_REQUESTS_A_SECOND: Final = 20.0
_REQUESTS_AT_ONCE: Final = 100
_GUESSES_A_SECOND: Final = 0.5
_GUESSES_AT_ONCE: Final = 20
_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_STATUS: Final[dict[Refusal, int]] = {
    Refusal.UNKNOWN_INCIDENT: 404,
    Refusal.UNKNOWN_SILENCE: 404,
    Refusal.UNKNOWN_EVENT: 404,
    Refusal.UNKNOWN_TEST: 404,
    Refusal.UNKNOWN_CONTACT: 422,
    Refusal.UNKNOWN_SUBJECT: 422,
    Refusal.NO_END: 422,
    Refusal.NO_REASON: 422,
}
_CONFLICT: Final = 409

Identify = Callable[[web.Request], Caller | None]
"""Says who sends a request; None for nobody who may. Raises BearersError or OSError where that is unknown."""
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class _ProblemError(Exception):
    """Ends a request with an error."""

    def __init__(self, status: int, code: str, detail: Words) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


class DeskApi:
    """The API of one desk, for callers that `identify` knows."""

    def __init__(self, service: Service, identify: Identify, *, local: bool = False) -> None:
        self._service = service
        self._identify = identify
        self._local = local
        self._throttle = Throttle(_REQUESTS_A_SECOND, _REQUESTS_AT_ONCE)
        self._guesses = Throttle(_GUESSES_A_SECOND, _GUESSES_AT_ONCE)

    def application(self) -> web.Application:
        """The application, to be mounted below PREFIX."""
        app = web.Application(client_max_size=LONGEST_BODY, middlewares=[self._guard])
        for route in ROUTES:
            if self._local or not route.local:
                app.router.add_route(route.method, route.path, self._handler(route), name=route.operation)
        app.router.add_get("/openapi.json", self._document)
        app.router.add_route("*", "/{rest:.*}", self._nothing_here)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller is told in one form
            return _problem(error, _language(request))

    def _handler(self, route: Route) -> _Handler:
        handle = self._service.handlers[route.operation]

        async def answer(request: web.Request) -> web.StreamResponse:
            caller = self._caller(request)
            if not caller.can(route.right):
                said = phrase("{name} has not the right to {right}", name=caller.name, right=route.right)
                raise _ProblemError(403, "no-right", said)
            call = Call(
                caller=caller,
                actor=_actor(caller, request),
                language=_language(request),
                path=request.match_info,
                query=request.query,
                body=await _body(request, route),
            )
            told = await handle(call)
            return _json(200, told.model_dump(mode="json"))

        return answer

    def _caller(self, request: web.Request) -> Caller:
        client, now = client_of(request), time.monotonic()
        if not self._throttle.allows(client, now):
            raise _ProblemError(429, "too-many-requests", phrase("too many requests; slow down"))
        try:
            caller = self._identify(request)
        except (BearersError, OSError) as error:
            log.error("the API's tokens cannot be read: %s", error)  # noqa: TRY400 - the message says it
            raise _ProblemError(503, "no-tokens", phrase("the API's tokens cannot be read")) from None
        if caller is not None:
            return caller
        if not self._guesses.allows(client, now):
            raise _ProblemError(429, "too-many-requests", phrase("too many requests without a valid token"))
        raise _ProblemError(
            401,
            "no-token",
            phrase("the API wants a token: Authorization: Bearer ...; `bridgewatch token add` makes one"),
        )

    async def _document(self, request: web.Request) -> web.StreamResponse:
        self._caller(request)
        return _json(200, document())

    async def _nothing_here(self, request: web.Request) -> web.StreamResponse:
        self._caller(request)
        what = f"{request.method} {request.path}"
        raise _ProblemError(404, "not-found", phrase("the API has no {what}; see /openapi.json", what=what))


def bearer_api(desk: Desk, bearers: Bearers) -> web.Application:
    """The API for holders of tokens; without any it answers nobody."""

    def identify(request: web.Request) -> Caller | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return bearers.caller(token.strip()) if scheme.lower() == "bearer" and token else None

    return DeskApi(Service(desk, AckWay.API), identify).application()


def local_api(desk: Desk, identify: Identify, rotate: Rotate | None) -> web.Application:
    """The API for whoever may open the control socket: the NOC at its desk."""
    return DeskApi(Service(desk, AckWay.DESK, rotate), identify, local=True).application()


def _actor(caller: Caller, request: web.Request) -> str:
    """Who is to stand in the log: the caller, and for whom they act."""
    raw = request.headers.get(_BEHALF, "")
    name = raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace").strip()
    if not name:
        return caller.name
    if len(name) > _LONGEST_NAME or not name.isprintable():
        said = phrase(
            "{header} is a name of at most {count} printable characters", header=_BEHALF, count=_LONGEST_NAME
        )
        raise _ProblemError(422, "unfit", said)
    return f"{name} ({caller.name})"


async def _body(request: web.Request, route: Route) -> Any:
    """What was sent, in the route's form; nothing at all is an empty object."""
    if route.given is None:
        return None
    content = await request.read()
    try:
        return route.given.model_validate_json(content or b"{}")
    except ValidationError as error:
        raise _ProblemError(422, "unfit", _mistakes(error, _language(request))) from None


def _mistakes(error: ValidationError, language: Language) -> str:
    told = []
    for mistake in error.errors(include_url=False, include_input=False):
        place = ".".join(map(str, mistake["loc"]))
        match mistake:
            case {"ctx": {"error": ValueError(args=(Phrase() as said,))}}:
                message = tell_phrase(said, language)
            case {"type": "missing" | "string_too_short"}:
                message = tell_phrase(phrase("must be given"), language)
            case _:
                message = mistake["msg"]
        told.append(f"{place}: {message}" if place else message)
    return "; ".join(told)


def _language(request: web.Request) -> Language:
    asked = request.query.get("lang", "")
    if asked in list(Language):
        return Language(asked)
    accepted = request.headers.get("Accept-Language", "").strip().lower()
    return Language.VI if accepted.startswith("vi") else Language.EN


def _problem(error: Exception, language: Language) -> web.Response:
    """An error in the one form that errors have."""
    refused: list[RefusedTold] = []
    detail: Words
    match error:
        case _ProblemError():
            status, code, detail = error.status, error.code, error.detail
        case RefusedError():
            refused = error.refused
            status, code, detail = _STATUS.get(refused[0].code, _CONFLICT), refused[0].code, str(error)
        case ValueError():
            status, code = 422, "unfit"
            detail = error.args[0] if isinstance(next(iter(error.args), None), Phrase) else str(error)
        case StoreUnavailableError():
            status, code = 503, "store-unavailable"
            detail = phrase("the store cannot be read or written now: {why}", why=str(error))
        case web.HTTPException():
            status, code, detail = error.status, "http", error.reason
        case _:
            log.error("a request to the API failed", exc_info=error)
            status, code, detail = 500, "failed", phrase("bridgewatch failed at this; its log says why")
    title = web.Response(status=status).reason or ""
    said = tell_phrase(detail, language)
    told = ProblemTold(title=title, status=status, detail=said, code=code, refused=refused)
    response = _json(status, told.model_dump(mode="json"), "application/problem+json")
    if status == web.HTTPUnauthorized.status_code:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _json(status: int, value: Any, kind: str = "application/json") -> web.Response:
    text = json.dumps(value, ensure_ascii=False)
    return web.Response(status=status, text=text, content_type=kind, headers=_HEADERS)
