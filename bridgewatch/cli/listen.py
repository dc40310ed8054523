"""Reads where a command is to listen."""

import typer

_PORT_MAX = 65_535


def host_and_port(text: str, example: str) -> tuple[str, int]:
    """`HOST:PORT` or `[IPv6]:PORT`; an empty host is every address.

    Raises BadParameter, naming `example`.
    """
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host and not (host.startswith("[") and host.endswith("]"))):
        raise typer.BadParameter(f"{text!r} is not HOST:PORT, such as {example}; IPv6 goes in brackets")
    if not port.isdecimal() or int(port) > _PORT_MAX:
        raise typer.BadParameter(f"{port!r} is not a port, as in {example}")
    return host.strip("[]"), int(port)
