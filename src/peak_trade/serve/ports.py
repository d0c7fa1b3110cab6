"""Addresses: how they are written, and clear words for one that is not listened on."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address

from peak_trade.errors import PeakTradeError


def netloc(host: str, port: int | str) -> str:
    """Return `host:port` as it stands in an address, IPv6 in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def address(host: str, port: int, prefix: str = "") -> str:
    """Return the address to open in a browser."""
    name = "localhost" if host in {"", "0.0.0.0", "::"} else host  # noqa: S104  compared only
    return f"http://{netloc(name, port)}{prefix}/"


def is_public(host: str) -> bool:
    """Tell whether other machines can reach a server that listens on `host`.

    No, if there is no such address: listening on it fails.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        return False
    addresses = (ip_address(str(place[0]).partition("%")[0]) for *_, place in found)
    return not all(_is_loopback(address) for address in addresses)


def _is_loopback(address: IPv4Address | IPv6Address) -> bool:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def check_public(host: str, *, allowed: bool) -> None:
    """Refuse an address that other machines reach, unless that is `allowed`: there is no log-in.

    Raises
    ------
    PeakTradeError
        If it is such an address; the message says what to do.
    """
    if is_public(host) and not allowed:
        raise PeakTradeError(
            f"{host} can be reached from other machines, and there is no log-in: listen on"
            " 127.0.0.1 behind a proxy that has one, or accept that whoever reaches it reads"
            " everything, with --insecure-public or PEAK_TRADE_WEB_UI__INSECURE_PUBLIC=true"
        )


def check_port(host: str, port: int, *, public: bool) -> None:
    """Find out early whether `host` and `port` can be listened on, by other machines if `public`.

    Raises
    ------
    PeakTradeError
        If not; the message names the port and the flag that changes it.
    """
    from tornado import netutil  # takes a fifth of the start of every other command

    check_public(host, allowed=public)
    with port_errors(host, port):
        for listening in netutil.bind_sockets(port, host):
            listening.close()


@contextmanager
def port_errors(host: str, port: int) -> Iterator[None]:
    """Turn the errors of listening into one line that names the port and the flag.

    Raises
    ------
    PeakTradeError
        In place of the error.
    """
    try:
        yield
    except socket.gaierror:
        raise PeakTradeError(f"{host}: no such address; choose another with --host") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"port {port} on {host} is in use; choose another with --port"
        elif error.errno == errno.EACCES:
            reason = f"port {port} on {host} is not permitted; choose another with --port"
        elif error.errno == errno.EADDRNOTAVAIL:
            reason = f"{host} is no address of this machine; choose another with --host"
        else:
            raise
        raise PeakTradeError(reason) from None
