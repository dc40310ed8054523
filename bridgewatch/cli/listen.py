"""Reads where a command is to listen."""

from bridgewatch.cli.failures import UnfitError
from bridgewatch.model.phrases import phrase

_PORT_MAX = 65_535


def host_and_port(text: str, example: str, option: str) -> tuple[str, int]:
    """`HOST:PORT` or `[IPv6]:PORT`; an empty host is every address.

    Raises UnfitError, naming `example`.
    """
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host and not (host.startswith("[") and host.endswith("]"))):
        said = phrase(
            "{text} is not HOST:PORT, such as {example}; IPv6 goes in brackets", text=text, example=example
        )
        raise UnfitError(said, option)
    if not port.isdecimal() or int(port) > _PORT_MAX:
        raise UnfitError(
            phrase("{port} is no port, as in {example}", port=repr(port), example=example), option
        )
    return host.strip("[]"), int(port)
