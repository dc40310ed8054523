"""What `bridgewatch check` says of secrets: those that the user who asks cannot read, or that are no good."""

from typing import TYPE_CHECKING

from bridgewatch.model.phrases import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgewatch.app.link_secrets import Fault
    from bridgewatch.model.inventory import Inventory
    from bridgewatch.model.words import Language

_FEW = 3  # keys with the same fault; of more the first stands for all


def tell_secrets(inventory: "Inventory", language: "Language", *, every: bool = False) -> "Iterator[str]":
    """Lines of warning: the daemon may be another user, with an environment of its own.

    What systemd passes on is passed on to the daemon alone, so that nobody else can look at it.
    """
    from bridgewatch.app.link_secrets import link_secret_faults
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
    yield from _of_links(link_secret_faults(inventory), unseen, language, every=every)
    if unseen:
        names = ", ".join(unseen)
        said = phrase("not looked at, because systemd gives them to the daemon alone: {names}", names=names)
        yield tell_phrase(said, language)


def _of_links(
    faults: "Iterable[Fault]", unseen: dict[str, None], language: "Language", *, every: bool
) -> "Iterator[str]":
    """A line for each fault of keys and credentials; what cannot be looked at is added to `unseen`."""
    from bridgewatch.adapters.notify.secret import SecretMissingError
    from bridgewatch.model.paging import Lapse
    from bridgewatch.texts.lapses import tell_lapse
    from bridgewatch.texts.phrases.tell import tell_phrase

    alike: dict[object, list[str]] = {}
    for fault in faults:
        why = fault.why
        if not isinstance(why, SecretMissingError):
            kind, told = why.message, tell_phrase(why, language)
        elif why.lapse is Lapse.NO_CREDENTIALS:
            unseen[why.thing] = None
            continue
        else:
            kind, told = why.lapse.value, tell_lapse(why.lapse, why.thing, language)
        alike.setdefault(kind, []).append(f"{tell_phrase(fault.whose, language)}: {told}")
    for lines in alike.values():
        if every or len(lines) <= _FEW:
            yield from lines
        else:
            said = phrase(
                "{text} ({count} more likewise: `check --all` shows them)",
                text=lines[0],
                count=len(lines) - 1,
            )
            yield tell_phrase(said, language)
