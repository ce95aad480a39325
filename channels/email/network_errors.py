"""Errors of the network and of TLS, told to a person who can do something about them."""

from __future__ import annotations

import socket
import ssl

from channels.errors import ChannelError

_NOT_TLS = {"WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"}
_TLS_PORTS = {465, 993}


def network_error(error: OSError | UnicodeError, host: str, port: int) -> ChannelError:
    """Describe why ``host:port`` could not be talked to."""
    where = f"{host}:{port}"
    match error:
        case ssl.SSLError():
            return _tls_error(error, host, port)
        case UnicodeError():
            return ChannelError(
                "misconfigured", f"{host!r} is not a host name: correct the host.", permanent=True
            )
        case socket.gaierror():
            sentence = f"The name {host} cannot be found: check the host and this machine's DNS."
        case TimeoutError():
            sentence = f"{where} did not answer in time: check the host, port and firewall."
            if port in _TLS_PORTS:
                sentence += " This port usually wants security = tls."
        case ConnectionRefusedError():
            sentence = f"Nothing listens at {where}: check the port, or the server is down."
        case _:
            reason = error.strerror or str(error) or type(error).__name__
            sentence = f"The connection to {where} failed ({reason}); it will be tried again."
    return ChannelError("unreachable", sentence)


def _tls_error(error: ssl.SSLError, host: str, port: int) -> ChannelError:
    where = f"{host}:{port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return ChannelError(
            "certificate",
            f"The certificate of {where} is not trusted ({error.verify_message}): "
            "check the host name, renew the certificate, or set ca_file to its authority.",
            permanent=True,
        )
    if error.reason in _NOT_TLS:
        return ChannelError(
            "misconfigured",
            f"{where} does not speak TLS: check the port, or set security to starttls.",
            permanent=True,
        )
    return ChannelError(
        "unreachable",
        f"The TLS connection to {where} broke ({error.reason or error}); it will be tried again.",
    )
