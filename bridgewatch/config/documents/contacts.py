"""contacts.yaml and contacts.d/*.yaml: who there is, and how to reach them."""

from pydantic import Field

from bridgewatch.config.documents.base import Document
from bridgewatch.config.reach import People, Phone
from bridgewatch.config.scalars import Id, Text
from bridgewatch.model.words import Language


class ChannelDocument(Document):
    """One way to reach a contact."""

    via: Id = Field(description="a gateway of gateways.yaml")
    to: Text = Field(description="the address there: of mail, a chat, a phone number")


class ContactDocument(Document):
    """A person or a desk (đầu mối liên hệ)."""

    name: Text
    language: Language = Language.VI
    carrier: Id | None = Field(default=None, description="whose person; none: our own, or the room's")
    phone: Phone | None = Field(
        default=None, description="for people to call, and whence answers by SMS come"
    )
    channels: list[ChannelDocument] = Field(
        default=[], max_length=16, description="in the order they are tried"
    )


class ContactsDocument(Document):
    """contacts.yaml."""

    catch_all: People = Field(
        default=(), description="our own contacts who are called when nobody else can be"
    )
    contacts: dict[Id, ContactDocument] = {}
