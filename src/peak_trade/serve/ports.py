"""Addresses: how they are written, and clear words for one that cannot be listened on."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tornado import netutil

from peak_trade.errors import PeakTradeError


def netloc(host: str, port: int | str) -> str:
    """Return `host:port` as it stands in an address, IPv6 in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def check_port(host: str, port: int) -> None:
    """Find out early whether `host` and `port` can be listened on.

    Raises
    ------
    PeakTradeError
        If not; the message names the port and the flag that changes it.
    """
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
