"""What `bridgewatch check` says of secrets: which ones the user who asks cannot read."""

from typing import TYPE_CHECKING

from bridgewatch.model.phrases import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewatch.model.inventory import Inventory
    from bridgewatch.model.words import Language


def tell_secrets(inventory: "Inventory", language: "Language") -> "Iterator[str]":
    """Lines of warning: the daemon may be another user, with an environment of its own.

    What systemd passes on is passed on to the daemon alone, so that nobody else can look at it.
    """
    from bridgewatch.app.secrets import missing_secrets
    from bridgewatch.model.paging import Lapse
    from bridgewatch.texts.lapses import tell_lapse
    from bridgewatch.texts.phrases.tell import tell_phrase

    unseen: dict[str, None] = {}
    for gateway, missing in missing_secrets(inventory.directory.gateways).items():
        unseen |= dict.fromkeys(one.thing for one in missing.values() if one.lapse is Lapse.NO_CREDENTIALS)
        seen = {name: one for name, one in missing.items() if one.lapse is not Lapse.NO_CREDENTIALS}
        if seen:
            reasons = dict.fromkeys(tell_lapse(one.lapse, one.thing, language) for one in seen.values())
            said = phrase(
                "gateway {gateway}: this user cannot read {secrets}: {why}; the daemon has to",
                gateway=gateway,
                secrets=", ".join(seen),
                why="; ".join(reasons),
            )
            yield tell_phrase(said, language)
    if unseen:
        names = ", ".join(unseen)
        said = phrase("not looked at, because systemd gives them to the daemon alone: {names}", names=names)
        yield tell_phrase(said, language)
