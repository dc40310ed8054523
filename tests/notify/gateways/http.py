"""Telegram, Zalo Bot, Zalo OA and ZNS, eSMS, Stringee and webhooks on one port, each under its own path."""

import asyncio
import json
import re
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self

import jwt
from aiohttp import web

from tests.notify.gateways.script import Act, Answer, Book, Received

TELEGRAM_TOKEN = "123456:telegram-secret-token"
ZALO_BOT_TOKEN = "987654:zalobot-secret-token"
ESMS_KEY, ESMS_SECRET = "esms-api-key-secret", "esms-secret-key-secret"
STRINGEE_SID, STRINGEE_SECRET = "SK.0.invented", "stringee-key-secret-of-32-octets!"
ZNS_TEMPLATE = "400001"
ZALO_APP, ZALO_APP_SECRET, ZALO_SEED = "1234567890", "zalo-app-secret", "zalo-refresh-0"
WEBHOOK_TOKEN = "webhook-bearer-token"


class HttpGateways(Book):
    """`url` is the base of each; a webhook lives at `url`/hook/ANYTHING.

    Unknown to everybody: chat and user `404`, phone `0000`; blocked: `403`. `host` is an address of the
    network that the starting thread is in.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        super().__init__()
        self.host = host
        self.port = 0
        self.access_token: str | None = None  # of Zalo OA; None: none is valid
        self.refresh_token = ZALO_SEED
        self.refreshes = 0
        self._used: set[str] = set()
        self._requests: set[str] = set()  # RequestIds that eSMS has seen

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        """Listen: at a free port, or at the one it had before."""
        ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10)

    def stop(self) -> None:
        """Refuse connections from now on; what hangs is let go."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join(10)

    def release(self) -> None:
        """Let go of all that hangs now."""
        self._loop.call_soon_threadsafe(self._release)

    def _release(self) -> None:
        self._freed.set()
        self._freed = asyncio.Event()

    def _serve(self, ready: threading.Event) -> None:
        asyncio.run(self._live(ready))

    async def _live(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._freed, self._stopped = asyncio.Event(), asyncio.Event()
        app = web.Application()
        app.router.add_post("/bot{token}/sendMessage", self._play("bot", self._bot))
        app.router.add_post("/v3.0/oa/message/cs", self._play("zalo-oa", self._zalo_oa))
        app.router.add_post("/message/template", self._play("zalo-zns", self._zalo_zns))
        app.router.add_post("/v4/oa/access_token", self._play("zalo-oauth", self._zalo_oauth))
        app.router.add_post(
            "/MainService.svc/json/SendMultipleMessage_V4_post_json/", self._play("esms", self._esms)
        )
        app.router.add_post("/v1/call2/callout", self._play("stringee", self._stringee))
        app.router.add_post("/hook/{name}", self._play("webhook", self._webhook))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, self.host, self.port, reuse_address=True)
        await site.start()
        assert site._server is not None
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        ready.set()
        await self._stopped.wait()
        self._release()
        await runner.cleanup()

    def _play(
        self, gateway: str, behave: Callable[[web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handler(request: web.Request) -> web.Response:
            name = gateway
            if gateway == "bot":  # both bots have the same path
                name = "telegram" if request.match_info["token"] == TELEGRAM_TOKEN else "zalo-bot"
            act: Act | None = self.next_act(name)
            if isinstance(act, Answer):
                return _answer(act.body, act.status)
            if act is not None:
                self.note_hanging(1)
                try:
                    await self._freed.wait()
                finally:
                    self.note_hanging(-1)
            return await behave(request)

        return handler

    def _take(
        self,
        gateway: str,
        request: web.Request,
        body: Mapping[str, Any],
        address: str,
        text: str,
        *,
        accepted: bool,
        stable_id: str | None = None,
    ) -> None:
        self.note(
            Received(
                gateway, address, text, accepted, stable_id, dict(request.headers), body, time.monotonic()
            )
        )

    async def _bot(self, request: web.Request) -> web.Response:
        telegram = request.match_info["token"] == TELEGRAM_TOKEN
        name = "telegram" if telegram else "zalo-bot"
        body = await request.json()
        chat, text = str(body["chat_id"]), body["text"]
        refusal: tuple[int, str] | None = None
        if request.match_info["token"] not in (TELEGRAM_TOKEN, ZALO_BOT_TOKEN):
            refusal = 401, "Unauthorized"
        elif chat == "404":
            refusal = 400, "Bad Request: chat not found"
        elif chat == "403":
            refusal = 403, "Forbidden: bot was blocked by the user"
        self._take(name, request, body, chat, text, accepted=refusal is None)
        if refusal is None:
            return _answer({"ok": True, "result": {"message_id": len(self.received)}})
        code, words = refusal
        # Telegram's status is the code; Zalo Bot says it inside of a 200.
        status = code if telegram or code == 401 else 200
        return _answer({"ok": False, "error_code": code, "description": words}, status)

    async def _zalo_oa(self, request: web.Request) -> web.Response:
        body = await request.json()
        user, text = body["recipient"]["user_id"], body["message"]["text"]
        token = request.headers.get("access_token")
        error, words = 0, "Success"
        if token != self.access_token or token is None:
            error, words = -216, "Access token has expired"
        elif user == "404":
            error, words = -213, "User has not followed OA"
        elif user == "230":
            error, words = -230, "User has not interacted with the OA in the past 7 days"
        elif user == "234":
            error, words = -234, "This message cannot be sent from 22:00 to 06:00"
        self._take("zalo-oa", request, body, user, text, accepted=error == 0)
        return _answer({"error": error, "message": words, "data": {"message_id": "x"} if not error else None})

    async def _zalo_zns(self, request: web.Request) -> web.Response:
        body = await request.json()
        phone, data = body["phone"], body["template_data"]
        token = request.headers.get("access_token")
        error, words = 0, "Success"
        if token != self.access_token or token is None:
            error, words = -124, "Access token invalid"
        elif not re.fullmatch(r"84\d{9,10}", phone):
            error, words = -108, "Phone number invalid"
        elif body["template_id"] != ZNS_TEMPLATE:
            error, words = -109, "Template ID invalid"
        elif set(data) != {"ma", "noi_dung"} or not all(data.values()):
            error, words = -1122, "Template data missing"
        elif len(data["ma"]) > 30:
            error, words = -1124, "Template data invalid"
        elif phone == "84900000118":
            error, words = -118, "Zalo account not existed"
        self._take(
            "zalo-zns",
            request,
            body,
            phone,
            data.get("noi_dung", ""),
            accepted=error == 0,
            stable_id=body["tracking_id"],
        )
        told = {"error": error, "message": words}
        return _answer(told if error else {**told, "data": {"msg_id": "zns-1", "sent_time": "1795136112000"}})

    async def _zalo_oauth(self, request: web.Request) -> web.Response:
        form = await request.post()
        token = str(form["refresh_token"])
        if request.headers.get("secret_key") != ZALO_APP_SECRET or form["app_id"] != ZALO_APP:
            return _answer({"error": -14003, "error_name": "Invalid app"})
        if token in self._used:
            return _answer({"error": -14020, "error_name": "Refresh token was used before"})
        if token != self.refresh_token:
            return _answer({"error": -14014, "error_name": "Invalid refresh token"})
        self._used.add(token)
        self.refreshes += 1
        self.refresh_token = f"zalo-refresh-{self.refreshes}"
        self.access_token = f"zalo-access-{self.refreshes}"
        return _answer(
            {
                "access_token": self.access_token,
                "refresh_token": self.refresh_token,
                "expires_in": "90000",
            }
        )

    async def _esms(self, request: web.Request) -> web.Response:
        body = await request.json()
        once = body["RequestId"]
        code, words = "100", ""
        if (body["ApiKey"], body["SecretKey"]) != (ESMS_KEY, ESMS_SECRET):
            code, words = "101", "Authorize Failed"
        elif once in self._requests:
            code, words = "124", "RequestId is duplicated"
        elif body["Phone"] == "0000":
            code, words = "108", "Phone is invalid"
        elif not body["Content"].startswith(("Canh bao", "[", "BW")):
            code, words = "146", "Template is not matched"
        if code == "100":
            self._requests.add(once)
        self._take(
            "esms", request, body, body["Phone"], body["Content"], accepted=code == "100", stable_id=once
        )
        return _answer(
            {"CodeResult": code, "ErrorMessage": words, "SMSID": "sms-1" if code == "100" else None}
        )

    async def _stringee(self, request: web.Request) -> web.Response:
        body = await request.json()
        try:
            token = request.headers["X-STRINGEE-AUTH"]
            claims = jwt.decode(token, STRINGEE_SECRET, algorithms=["HS256"])
            assert jwt.get_unverified_header(token)["cty"] == "stringee-api;v=1"
            assert claims["rest_api"] is True
            assert claims["iss"] == STRINGEE_SID
        except (KeyError, jwt.InvalidTokenError):
            return _answer({"r": 1, "message": "access token is not valid"}, 401)
        number = body["to"][0]["number"]
        text = next(action["text"] for action in body["actions"] if action["action"] == "talk")
        accepted = number != "0000"
        self._take("stringee", request, body, number, text, accepted=accepted)
        return _answer({"r": 0} if accepted else {"r": 6, "message": "number is not valid"})

    async def _webhook(self, request: web.Request) -> web.Response:
        body = await request.json()
        self._take(
            "webhook",
            request,
            body,
            request.match_info["name"],
            body["message"],
            accepted=True,
            stable_id=body.get("message_id"),
        )
        return _answer({})


def _answer(body: Mapping[str, Any] | str, status: int = 200) -> web.Response:
    text = body if isinstance(body, str) else json.dumps(body)
    return web.Response(text=text, status=status, content_type="application/json")
