"""Reads the calls that a site's box is to keep up from the options of `bridgewatch reflector`."""

from pathlib import Path
from typing import TYPE_CHECKING

from bridgewatch.cli.failures import FailedError, UnfitError
from bridgewatch.cli.listen import host_and_port
from bridgewatch.model.ids import KeyId
from bridgewatch.model.keys import parse_key
from bridgewatch.model.phrases import phrase

if TYPE_CHECKING:
    from bridgewatch.adapters.dialin.keeper import CallSettings
    from bridgewatch.app.box_tests import BoxLimits

_EXAMPLE = "203.0.113.1:8862"
_SERVER_EXAMPLE = "203.0.113.1:5201"
_MOST_SECONDS = 60  # of one direction of one test
_LARGEST = 65_536  # octets; a file of a key that is larger is none


def read_calls(
    call: list[str], key_id: list[str], key_file: list[Path], interface: list[str]
) -> "list[CallSettings]":
    """The calls, the n-th of each option belonging together.

    Raises UnfitError for options that do not fit together, and FailedError for a key that cannot be read.
    """
    from bridgewatch.adapters.dialin.keeper import CallSettings
    from bridgewatch.adapters.dialin.sockets import Way

    for option, values in (("--key-id", key_id), ("--key-file", key_file)):
        if len(values) != len(call):
            said = phrase(
                "each --call has one {option}: {count} of {wanted}",
                option=option,
                count=len(values),
                wanted=len(call),
            )
            raise UnfitError(said, option)
    if interface and len(interface) != len(call):
        said = phrase("with several calls each has an --interface, or none has")
        raise UnfitError(said, "--interface")
    ways = interface or [""] * len(call)
    calls = []
    for where, name, file, way in zip(call, key_id, key_file, ways, strict=True):
        host, port = host_and_port(where, _EXAMPLE, "--call")
        if not host:
            raise UnfitError(
                phrase("whom to call is to be said, as in {example}", example=_EXAMPLE), "--call"
            )
        calls.append(CallSettings(host, port, KeyId(name), _read_key(file), Way.of(way)))
    return calls


def read_limits(server: str, rate: int, *, has_call: bool) -> "BoxLimits":
    """What tests may take that are asked for through a call; `rate` in Mbit/s. Raises UnfitError."""
    from bridgewatch.app.box_tests import BoxLimits

    host, port = host_and_port(server, _SERVER_EXAMPLE, "--test-server")
    if not host or not has_call:
        said = phrase("it goes with --call, and names a host as in {example}", example=_SERVER_EXAMPLE)
        raise UnfitError(said, "--test-server")
    return BoxLimits(host, port, rate * 1_000_000, _MOST_SECONDS)


def _read_key(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise FailedError(error) from None
    if len(content) > _LARGEST:
        raise FailedError(phrase("{file}: {what}", file=str(path), what=phrase("too large for a key")))
    try:
        return parse_key(content.decode("ascii"))
    except UnicodeDecodeError:
        said = phrase("a key is written in hexadecimal or base64")
        raise FailedError(phrase("{file}: {what}", file=str(path), what=said)) from None
    except ValueError as error:
        raise FailedError(phrase("{file}: {what}", file=str(path), what=error.args[0])) from None
