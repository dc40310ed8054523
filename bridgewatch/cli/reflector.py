"""`bridgewatch reflector`: the far end of a STAMP path."""

import logging
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridgewatch.cli.failures import FailedError, UnfitError
from bridgewatch.cli.listen import host_and_port
from bridgewatch.cli.options import LanguageOption
from bridgewatch.model.phrases import phrase

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

_EXAMPLE = "[2001:db8::1]:862"
_IPERF3_EXAMPLE = "[2001:db8::1]:5201"
_HTTP_EXAMPLE = "[2001:db8::1]:8080"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("reflector")(reflector)


def reflector(
    allow: Annotated[
        list[str],
        typer.Option("--allow", metavar="CIDR", help="Answer senders of this network. May be repeated."),
    ],
    listen: Annotated[
        list[str] | None,
        typer.Option(
            "--listen",
            metavar="HOST:PORT",
            help="Listen here, e.g. 192.0.2.1:862, [2001:db8::1]:862 or :862 for every address. May be "
            "repeated; not needed when systemd passes the sockets.",
        ),
    ] = None,
    rate: Annotated[
        int, typer.Option("--rate", min=1, metavar="N", help="Replies a second at most to one sender.")
    ] = 1_000,
    total_rate: Annotated[
        int, typer.Option("--total-rate", min=1, metavar="N", help="Replies a second at most to all senders.")
    ] = 50_000,
    iperf3: Annotated[
        list[str] | None,
        typer.Option(
            "--iperf3",
            metavar="HOST:PORT",
            help="Be the far end of throughput tests by iperf3 here, e.g. :5201. May be repeated.",
        ),
    ] = None,
    http: Annotated[
        list[str] | None,
        typer.Option(
            "--http",
            metavar="HOST:PORT",
            help="Be the far end of throughput tests by HTTP here: GET /download, POST /upload. May be "
            "repeated.",
        ),
    ] = None,
    http_rate: Annotated[
        int, typer.Option("--http-rate", min=1, metavar="MBIT", help="Mbit/s at most to one sender.")
    ] = 1_000,
    http_daily: Annotated[
        int, typer.Option("--http-daily", min=1, metavar="GB", help="Gigabytes a day at most of one sender.")
    ] = 20,
    keys: Annotated[
        Path | None,
        typer.Option(
            "--keys",
            metavar="FILE",
            readable=False,
            help="Senders of these networks may authenticate (RFC 8762): lines of a network and a key, as "
            "`openssl rand -hex 32` makes one. Several lines of a network are several keys. Read again on "
            "SIGHUP.",
        ),
    ] = None,
    *,
    _language: LanguageOption,
    stateless: Annotated[
        bool,
        typer.Option(
            "--stateless",
            help="Repeat the sender's sequence number instead of counting per session. The sender then "
            "cannot tell forward loss from return loss.",
        ),
    ] = False,
    require_authentication: Annotated[
        bool,
        typer.Option(
            "--require-authentication", help="Answer authenticated probes only; to be used with --keys."
        ),
    ] = False,
) -> None:
    """Answer STAMP and TWAMP-Light probes of known senders (RFC 8762), and their throughput tests."""
    from bridgewatch.adapters.far_end.ceilings import Ceilings
    from bridgewatch.adapters.far_end.settings import FarEndSettings
    from bridgewatch.app.reflector import ReflectorSettings, run_reflector
    from bridgewatch.core.reflecting.reflection import Caps

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    if require_authentication and keys is None:
        raise UnfitError(phrase("without --keys nobody would be answered"), "--require-authentication")
    networks = [_network(text) for text in allow]
    far_end = FarEndSettings(
        allowed=tuple(networks),
        iperf3=tuple(host_and_port(text, _IPERF3_EXAMPLE, "--iperf3") for text in iperf3 or ()),
        http=tuple(host_and_port(text, _HTTP_EXAMPLE, "--http") for text in http or ()),
        ceilings=Ceilings(rate=http_rate * 1e6, octets=http_daily * 1_000_000_000),
    )
    settings = ReflectorSettings(
        listen=[host_and_port(text, _EXAMPLE, "--listen") for text in listen or ()],
        allow=networks,
        caps=Caps(per_sender=rate, total=total_rate),
        stateful=not stateless,
        far_end=far_end if far_end.iperf3 or far_end.http else None,
        keys=keys,
        sealed_only=require_authentication,
    )
    try:
        run_reflector(settings)
    except (OSError, ValueError) as error:
        raise FailedError(error) from None


def _network(text: str) -> "IPv4Network | IPv6Network":
    """Raises UnfitError."""
    said = phrase("{text} is no network such as 192.0.2.0/24", text=repr(text))
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise UnfitError(said, "--allow") from None
    if "/" in text and str(network.network_address) != text.partition("/")[0]:
        raise UnfitError(phrase("{said}; did you mean {meant}?", said=said, meant=str(network)), "--allow")
    return network
