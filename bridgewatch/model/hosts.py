"""Hosts and ports as people and URLs write them."""


def bracketed(host: str) -> str:
    """A numeric IPv6 address in brackets (RFC 3986 section 3.2.2), any other host as it is."""
    return f"[{host}]" if ":" in host else host


def with_port(host: str, port: int) -> str:
    """`192.0.2.7:862` or `[2001:db8::7]:862`."""
    return f"{bracketed(host)}:{port}"
