"""`bridgewatch reflector`: the far end of a STAMP path."""

import logging
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridgewatch.cli.calls import read_calls, read_limits
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
        list[str] | None,
        typer.Option(
            "--allow",
            metavar="CIDR",
            help="Answer senders of this network. May be repeated; needed to listen, not to call.",
        ),
    ] = None,
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
    call: Annotated[
        list[str] | None,
        typer.Option(
            "--call",
            metavar="HOST:PORT",
            help="Call the daemon there (its `dialin: {listen: ...}`) and be probed back through the call, "
            "from behind any NAT. May be repeated: a call for each link.",
        ),
    ] = None,
    key_id: Annotated[
        list[str] | None,
        typer.Option("--key-id", metavar="ID", help="As whose box to call: the KEY of `{dialin: KEY}`."),
    ] = None,
    key_file: Annotated[
        list[Path] | None,
        typer.Option(
            "--key-file",
            metavar="FILE",
            readable=False,
            help="The key of that id, as `openssl rand -hex 32` makes one: the same as the daemon has.",
        ),
    ] = None,
    interface: Annotated[
        list[str] | None,
        typer.Option(
            "--interface",
            metavar="NAME",
            help="Call by this interface, or from this address of the box; with several calls one for each.",
        ),
    ] = None,
    test_server: Annotated[
        str | None,
        typer.Option(
            "--test-server",
            metavar="HOST:PORT",
            help="The daemon may ask through a call for throughput tests to this iperf3 server, no other.",
        ),
    ] = None,
    test_rate_cap: Annotated[
        int, typer.Option("--test-rate-cap", min=1, metavar="MBIT", help="Mbit/s at most that they take.")
    ] = 100,
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
    """Answer STAMP and TWAMP-Light probes of known senders (RFC 8762), and their throughput tests.

    With --call answer those that come back through a call: a box behind NAT needs nothing else.
    """
    from bridgewatch.adapters.dialin.sockets import NotPermittedError
    from bridgewatch.adapters.far_end.ceilings import Ceilings
    from bridgewatch.adapters.far_end.settings import FarEndSettings
    from bridgewatch.app.reflector import ReflectorSettings, run_reflector
    from bridgewatch.core.reflecting.reflection import Caps

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    if require_authentication and keys is None:
        raise UnfitError(phrase("without --keys nobody would be answered"), "--require-authentication")
    if not allow and not call:
        said = phrase("say whom to answer with --allow, or whom to call with --call")
        raise UnfitError(said, "--allow")
    networks = [_network(text) for text in allow or ()]
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
        calls=read_calls(call or [], key_id or [], key_file or [], interface or []),
        tests=None if test_server is None else read_limits(test_server, test_rate_cap, has_call=bool(call)),
    )
    try:
        run_reflector(settings)
    except (OSError, ValueError, NotPermittedError) as error:
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
