"""A certificate authority of our own, made afresh for every test run."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.parts import requires
from tests.servers.process import LOOPBACK


@dataclass(frozen=True)
class Certificates:
    """Files in PEM form; the server certificate is for 127.0.0.1 and mail.test alone."""

    authority: Path
    certificate: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """Return what a TLS server of the tests presents."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context


def make_certificates(folder: Path) -> Certificates:
    """Make an authority and a server certificate signed by it.

    As organisations make their own: without the extensions that a strict reader asks for.
    """
    openssl = requires("openssl", package="openssl")
    made = Certificates(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    names = folder / "names.cnf"
    names.write_text(f"subjectAltName=IP:{LOOPBACK},DNS:mail.test\nbasicConstraints=CA:FALSE\n")
    new_key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout"
    authority = "-CA ca.pem -CAkey ca.key -CAcreateserial"
    for arguments in (
        f"req -x509 {new_key} ca.key -out ca.pem -days 2 -subj /CN=helpdesk-tests",
        f"req -new {new_key} server.key -out server.csr -subj /CN=mail.test",
        f"x509 -req -in server.csr {authority} -out server.pem -days 2 -extfile names.cnf",
    ):
        subprocess.run([openssl, *arguments.split()], cwd=folder, check=True, capture_output=True)
    return made


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Return the run's own authority and server certificate."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))
