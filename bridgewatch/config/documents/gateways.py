"""gateways.yaml: the ways messages leave, each with the keys of its kind.

What is not one of the keys that every gateway has goes to the adapter of its kind as it is written here:
plain keys as text, secrets as the names of where they lie.
"""

import re
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    PlainValidator,
    StringConstraints,
    Tag,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from bridgewatch.config.documents.base import Document
from bridgewatch.config.errors import describe, mistake, one_of
from bridgewatch.config.reach import Phone, SecretField, Url
from bridgewatch.config.scalars import (
    VARIABLE_PATTERN,
    Flag,
    Host,
    Id,
    Text,
    Timeout,
    Whole,
    described,
)
from bridgewatch.core.nearest import nearest
from bridgewatch.model.delivery import FIELDS
from bridgewatch.model.paging import AckWay, GatewayKind, TextForm
from bridgewatch.model.phrases import phrase

GATEWAY_ANSWERS: Final = (AckWay.LINK, AckWay.VOICE, AckWay.SMS, AckWay.CHAT)
"""How somebody can answer what came through a gateway; the other ways do not need one."""

_APPRISE_URL: Final = re.compile(r"[a-z][a-z0-9+.-]{1,30}://[^\s\x00-\x20\x7f]{1,1000}")
_PLAIN_PASSWORD: Final = re.compile(r"://[^/@{}]*:[^/@{}]+@")
_FIELD: Final = re.compile(rf"\{{({'|'.join(FIELDS)})(:\.[1-9]\d{{0,2}})?\}}", re.ASCII)
_ODD_BRACES: Final = re.compile(r"[{}]")
_EXAMPLE: Final = "ntfys://host.example/{address}"
_BRACES: Final = re.compile(r"\{(\w+)\}", re.ASCII)


def _check_answer(way: AckWay) -> AckWay:
    if way not in GATEWAY_ANSWERS:
        raise mistake(one_of(GATEWAY_ANSWERS), f"'{way}'")
    return way


def parse_apprise_url(value: Any) -> str:
    """A URL as Apprise reads them. What may hold a password is never repeated."""
    if isinstance(value, str) and _PLAIN_PASSWORD.search(value):
        expected = phrase("{{NAME}} in its place, and NAME under `secrets`")
        raise mistake(expected, phrase("a URL with a password in plain text"))
    if not isinstance(value, str) or not _APPRISE_URL.fullmatch(value):
        expected = phrase("a URL that Apprise knows, such as {example}", example=_EXAMPLE)
        raise mistake(expected, phrase("something else"))
    return str(value)


AppriseUrl = Annotated[str, PlainValidator(parse_apprise_url), described("string", "a URL of Apprise")]
ZnsKind = Literal["page", "digest", "notes", "taken", "folded", "recovered", "resolved", "test", "any"]
SecretName = Annotated[str, StringConstraints(pattern=VARIABLE_PATTERN)]
Answer = Annotated[
    AckWay, AfterValidator(_check_answer), WithJsonSchema({"type": "string", "enum": list(GATEWAY_ANSWERS)})
]


class InboundDocument(Document):
    """How answers come in: the gateway posts them to `/in/NAME`, and proves that it is the one.

    Telegram, Zalo and Stringee prove it in their own ways by `secret`. What else is said here is for gateways
    of the kinds webhook and apprise.
    """

    secret: SecretField = Field(description="what the gateway proves itself with")
    auth: Literal["header", "path", "hmac"] | None = Field(
        default=None,
        description="where the secret, or an HMAC-SHA-256 made with it, stands; by default header",
    )
    header: Text | None = Field(
        default=None, description="the header that holds it; by default X-Gateway-Secret"
    )
    from_: Text | None = Field(
        default=None, alias="from", description="the field with the sender's number; by default from"
    )
    text: Text | None = Field(default=None, description="the field with the text; by default text")
    keyword: Text | None = Field(default=None, description="the word that a shared number wants in front")


class GatewayDocument(Document):
    """What every gateway has."""

    form: TextForm | None = Field(
        default=None, description="the shape of text it carries; by default its kind's"
    )
    answers: list[Answer] | None = Field(
        default=None, description="how people can answer; by default its kind's, [] for one-way"
    )
    egress: Id | None = Field(
        default=None, description="the egress it runs over; none: independent of everything that is watched"
    )
    timeout: Timeout = Field(default=10.0, description="for one attempt")
    free_text: Flag | None = Field(default=None, description="false: registered templates only")
    template: Text | None = Field(default=None, description="the registered template that pages go through")
    inbound: InboundDocument | None = Field(
        default=None, description="how answers come in; without it nobody can answer but by the link"
    )

    def takes_free_text(self) -> bool:
        """Whether any text may go through it."""
        return True if self.free_text is None else self.free_text

    def page_template(self) -> str | None:
        """The registered template that pages go through."""
        return self.template

    @model_validator(mode="after")
    def _has_a_template(self) -> "GatewayDocument":
        if not self.takes_free_text() and self.page_template() is None:
            expected = phrase("`template:` as the provider registered it")
            raise mistake(expected, phrase("no template, and no free text either"))
        return self


class MailDocument(GatewayDocument):
    """A mail server, by SMTP."""

    kind: Literal["mail"]
    host: Host
    port: Annotated[int, Whole(1, 65_535)] | None = Field(
        default=None, description="by default 587; 465 with `tls: tls`, 25 with `tls: none`"
    )
    tls: Literal["starttls", "tls", "none"] | None = Field(default=None, description="by default starttls")
    from_: Text = Field(alias="from", description="the address that messages come from")
    user: Text | None = None
    password: SecretField | None = None
    helo: Host | None = Field(default=None, description="what it calls itself; by default the host's name")


class TelegramDocument(GatewayDocument):
    """A bot of Telegram; addresses are chat ids."""

    kind: Literal["telegram"]
    token: SecretField
    url: Url | None = Field(default=None, description="a Bot API server of one's own")


class ZaloBotDocument(GatewayDocument):
    """A bot of Zalo; addresses are chat ids."""

    kind: Literal["zalo-bot"]
    token: SecretField
    url: Url | None = Field(default=None, description="another server than Zalo's own")


class ZaloOaDocument(GatewayDocument):
    """An official account of Zalo; addresses are user ids."""

    kind: Literal["zalo-oa"]
    app_id: Text
    secret_key: SecretField
    refresh_token: SecretField = Field(description="the first one; each is used once and then replaced")
    url: Url | None = Field(default=None, description="another server for messages than Zalo's own")
    oauth_url: Url | None = Field(default=None, description="another server for tokens than Zalo's own")


class ZnsTemplateDocument(Document):
    """A template that Zalo has approved, and what its parameters are filled in with."""

    id: Text = Field(description="its number")
    params: dict[Text, Text] = Field(
        default={},
        description="text with the names of fields in braces, such as {code} or {where:.30}, cut to 30",
    )

    @field_validator("params")
    @classmethod
    def _braces_are_known(cls, params: dict[str, str]) -> dict[str, str]:
        for name, text in params.items():
            if _ODD_BRACES.search(_FIELD.sub("", text)):
                raise mistake(one_of([f"{{{field}}}" for field in FIELDS]), f"'{text}'", name)
        return params


class ZaloZnsDocument(GatewayDocument):
    """Zalo's notifications to phone numbers, each by a template; addresses are phone numbers. One-way.

    With the `app_id` and tokens of a gateway of kind zalo-oa it shares what that keeps.
    """

    kind: Literal["zalo-zns"]
    app_id: Text
    secret_key: SecretField
    refresh_token: SecretField = Field(description="the first one; each is used once and then replaced")
    templates: dict[ZnsKind, ZnsTemplateDocument] = Field(
        description="by the kind of message; `any` is for what has none of its own, page for digest too"
    )
    url: Url | None = Field(default=None, description="another server for messages than Zalo's own")
    oauth_url: Url | None = Field(default=None, description="another server for tokens than Zalo's own")

    def takes_free_text(self) -> bool:
        """It never does."""
        return False

    def page_template(self) -> str | None:
        """The one of pages."""
        template = self.templates.get("page") or self.templates.get("any")
        return template.id if template is not None else None


class EsmsDocument(GatewayDocument):
    """SMS by eSMS; addresses are phone numbers. Brandname SMS follows registered templates and is one-way."""

    kind: Literal["esms"]
    api_key: SecretField
    secret_key: SecretField
    brandname: Text
    type: Annotated[int, Whole(1, 99)] | None = Field(default=None, description="by default 2, customer care")
    sandbox: Literal["0", "1"] | None = Field(default=None, description="1: accepted and never sent")
    callback_url: Url | None = Field(default=None, description="where eSMS reports deliveries to")
    url: Url | None = Field(default=None, description="another server than eSMS's own")

    def takes_free_text(self) -> bool:
        """Brandname SMS does not, unless it is said."""
        return bool(self.free_text)


class StringeeDocument(GatewayDocument):
    """Phone calls by Stringee; addresses are phone numbers."""

    kind: Literal["stringee"]
    key_sid: Text
    key_secret: SecretField
    from_: Phone = Field(alias="from", description="the number that calls come from")
    voice: Text | None = Field(default=None, description="the voice that reads, by Stringee's name of it")
    url: Url | None = Field(default=None, description="another server than Stringee's own")


class WebhookDocument(GatewayDocument):
    """Any HTTP service that takes JSON."""

    kind: Literal["webhook"]
    url: Url | None = Field(
        default=None, description="with {address} in it; left out: the address is the whole URL"
    )
    token: SecretField | None = Field(default=None, description="sent as a bearer token")


class AppriseDocument(GatewayDocument):
    """Any other service that Apprise knows."""

    kind: Literal["apprise"]
    url: AppriseUrl = Field(description="Apprise's URL with {address} and the names of secrets in braces")
    secrets: dict[SecretName, SecretField] = Field(default={}, description="what stands in braces in `url`")

    @model_validator(mode="after")
    def _braces_are_known(self) -> "AppriseDocument":
        for name in _BRACES.findall(self.url):
            if name not in self.secrets and name != "address":
                raise mistake(one_of([*self.secrets, "address"]), f"{{{name}}}", "url")
        return self


def _check_kind(value: Any) -> Any:
    """Says that the kind is wrong before its keys are looked at."""
    if not isinstance(value, dict):
        raise mistake(phrase("a mapping with a `kind`"))
    kinds = [kind.value for kind in GatewayKind]
    kind = value.get("kind")
    if kind not in kinds:
        meant = nearest(kind, kinds) if isinstance(kind, str) else None
        key = "kind" if "kind" in value else None
        expected = meant or phrase("`kind:` {kinds}", kinds=one_of(kinds))
        raise mistake(expected, describe(kind) if key else phrase("no kind"), key)
    return value


def _kind_tag(value: Any) -> str | None:
    return f"~{value['kind']}" if isinstance(value, dict) else None


GatewayField = Annotated[
    Annotated[
        Annotated[MailDocument, Tag("~mail")]
        | Annotated[TelegramDocument, Tag("~telegram")]
        | Annotated[ZaloBotDocument, Tag("~zalo-bot")]
        | Annotated[ZaloOaDocument, Tag("~zalo-oa")]
        | Annotated[ZaloZnsDocument, Tag("~zalo-zns")]
        | Annotated[EsmsDocument, Tag("~esms")]
        | Annotated[StringeeDocument, Tag("~stringee")]
        | Annotated[WebhookDocument, Tag("~webhook")]
        | Annotated[AppriseDocument, Tag("~apprise")],
        Discriminator(_kind_tag),
    ],
    BeforeValidator(_check_kind),
]


class GatewaysDocument(Document):
    """gateways.yaml."""

    gateways: dict[Id, GatewayField] = {}
