"""Which one of this machine's addresses a phone can reach, and certificates for it."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
_VIRTUAL = ("docker", "veth", "br-", "virbr", "vmnet", "vboxnet", "vethernet", "tailscale", "utun", "tun", "wg", "zt")


def chosen(lan: bool | str) -> str:
    """The one address to listen on: loopback, or for `lan` this machine's in the local network, or the one named.

    Raises: ValueError for what is no single IPv4 address; OSError where the machine has none in a network.
    """
    if lan is False:
        return LOOPBACK
    if lan is not True:
        return single(lan)
    found = candidates()
    if not found:
        raise OSError("this machine has no address in a local network: join the phone's Wi-Fi, then try again")
    return found[0]


def single(address: str) -> str:
    try:
        parsed = ipaddress.IPv4Address(address)
    except ValueError as error:
        raise ValueError(f"lan must be True, False or one IPv4 address of this machine (got {address!r})") from error
    if parsed.is_unspecified or parsed.is_multicast or parsed.is_reserved:
        raise ValueError(f"lan must be one address of this machine, never all of them (got {address!r})")
    return str(parsed)


def candidates() -> list[str]:
    """This machine's addresses in local networks; first the one that it would leave by."""
    import psutil

    up = {name for name, facts in psutil.net_if_stats().items() if facts.isup}
    found = [
        each.address
        for name, addresses in psutil.net_if_addrs().items()
        if name in up and not name.lower().startswith(_VIRTUAL)
        for each in addresses
        if each.family == socket.AF_INET
    ]
    found = [each for each in found if not (ipaddress.ip_address(each).is_loopback or each.startswith("169.254."))]
    way_out = _way_out()
    return sorted(found, key=lambda each: (each != way_out, not ipaddress.ip_address(each).is_private))


def placed(link: str) -> tuple[str, int, str]:
    """Address, port and token of an earlier measurement's link.

    Raises: ValueError where it is none.
    """
    parts = urlsplit(link)
    try:
        host, port = single(parts.hostname or ""), parts.port
    except ValueError:
        port = None
    if not port or len(parts.fragment) != 22:
        raise ValueError(f"at must be the link of an earlier measurement, its #... included (got {link!r})")
    return host, port, parts.fragment


def certified(address: str) -> ssl.SSLContext:
    """TLS with a certificate made for this address now; a browser warns of it and can be told to go on.

    Raises: ImportError, with the command that installs it, where trustme is missing.
    """
    try:
        import trustme
    except ImportError as error:
        raise ImportError('tls=True needs trustme; install with: pip install "mobiviz[phone]"') from error
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA(organization_name="mobiviz").issue_cert(address).configure_cert(context)
    return context


def _way_out() -> str | None:
    """The address that a packet to the outside would carry; a datagram socket sends none when it is connected."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
    except OSError:
        return None
