"""What is wrong with the keys and SNMP credentials that a configuration names, as far as one may look."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bridgewatch.adapters.notify.secret import SecretMissingError, read_secret
from bridgewatch.model.bandwidth import Credentials
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.keys import parse_key
from bridgewatch.model.phrases import Phrase, phrase
from bridgewatch.model.secret import Secret

_ADVISED: Final = 32  # octets of a key; RFC 2104: the length of the hash, here SHA-256
_SHORTEST_PASSPHRASE: Final = 8  # RFC 3414 section 11.2; agents take none that is shorter


@dataclass(frozen=True, slots=True)
class Fault:
    """A secret that cannot be read, or what is wrong with one that can be. Never says what it is."""

    whose: Phrase
    why: SecretMissingError | Phrase


def link_secret_faults(inventory: Inventory) -> Iterator[Fault]:
    """Of credentials, then of keys. Reads files."""
    for name, credentials in inventory.bandwidth.snmp.credentials.items():
        whose = phrase("SNMP credentials {name}", name=name)
        yield from (Fault(whose, why) for why in _of_credentials(credentials))
    for key, secret in inventory.keys.items():
        why = _of_key(secret)
        if why is not None:
            yield Fault(phrase("key {key}", key=key), why)


def _of_credentials(credentials: Credentials) -> Iterator[SecretMissingError | Phrase]:
    passphrases = (credentials.auth_key, credentials.priv_key)
    for secret in (credentials.community, *passphrases):
        if secret is None:
            continue
        try:
            length = len(read_secret(secret))
        except SecretMissingError as error:
            yield error
        else:
            if secret in passphrases and length < _SHORTEST_PASSPHRASE:
                yield phrase("a passphrase has {least} characters or more", least=_SHORTEST_PASSPHRASE)


def _of_key(secret: Secret) -> SecretMissingError | Phrase | None:
    try:
        octets = len(parse_key(read_secret(secret)))
    except SecretMissingError as error:
        return error
    except ValueError as error:
        wrong: Phrase = error.args[0]
        return wrong
    if octets < _ADVISED:
        return phrase("{count} octets, where {advised} are advised", count=octets, advised=_ADVISED)
    return None
