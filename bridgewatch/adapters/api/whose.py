"""Whose answer it is: by what anybody may say at the desk, nobody would know who has an incident."""

from typing import Final

from bridgewatch.model.desk import Standing
from bridgewatch.model.ids import ContactId
from bridgewatch.model.paging import AckWay
from bridgewatch.model.phrases import phrase

_ANYBODY: Final = "root"  # a user that several people are
_NAMED: Final = 4  # contacts who may be meant


def check_whose(standing: Standing, actor: str, contact: ContactId | None, way: AckWay) -> None:
    """Raises ValueError with what to say, where `actor` at the desk may be anybody and names no contact."""
    if contact is not None or way is not AckWay.DESK or actor != _ANYBODY:
        return
    called = ", ".join(standing.called[-_NAMED:])
    raise ValueError(
        phrase(
            "root may be anybody: say who it is with --for CONTACT (called were {called}), or with --by NAME "
            "if it is you at the desk",
            called=called,
        )
        if called
        else phrase(
            "root may be anybody: say who it is with --for CONTACT, or with --by NAME "
            "if it is you at the desk"
        )
    )


def check_who_closes(actor: str, way: AckWay) -> None:
    """Raises ValueError with what to say, where `actor` at the desk may be anybody."""
    if way is AckWay.DESK and actor == _ANYBODY:
        raise ValueError(phrase("root may be anybody: say with --by NAME who closes it"))
