"""A real IMAP server: Debian's Dovecot in the foreground on free loopback ports.

Every user name is a mailbox of its own with the same password, so a test that
wants a clean mailbox asks for a new one and shares the server with all others.
"""

from __future__ import annotations

import base64
import getpass
import hashlib
import hmac
import itertools
import json
import os
import pwd
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from imapclient import IMAPClient

from tests.servers.certificates import Certificates
from tests.servers.parts import requires
from tests.servers.process import LOOPBACK, free_port, guarded, open_folder

PASSWORD = "correct-horse-密码"
TOKEN_SECRET = b"the key with which the tests sign their OAuth2 tokens"

_BOTH = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = /dev/stderr
protocols = imap
listen = {loopback}
{users}
ssl = yes
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
first_valid_uid = 1
{extra}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain_port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
protocol imap {{
  mail_max_userip_connections = 100
}}
"""
CONFIGURATION_2_3 = (
    _BOTH
    + """
ssl_cert = <{certificates.certificate}
ssl_key = <{certificates.key}
disable_plaintext_auth = no
auth_username_format = %Lu
mail_location = maildir:~/Maildir
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf.ext
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={folder}/mail/%u
}}
"""
)
CONFIGURATION_2_4 = (
    """
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
"""
    + _BOTH
    + """
ssl_server_cert_file = {certificates.certificate}
ssl_server_key_file = {certificates.key}
auth_allow_cleartext = yes
auth_username_format = %{{user|lower}}
mail_driver = maildir
mail_path = ~/Maildir
oauth2 {{
  introspection_mode = local
  username_attribute = sub
  oauth2_local_validation {{
    dict fs {{
      fs posix {{
        prefix = {folder}/keys/
      }}
    }}
  }}
}}
passdb static {{
  mechanisms_filter = plain login
  password = {password}
}}
userdb static {{
  fields {{
    uid = {owner}
    gid = {group}
    home = {folder}/mail/%{{user}}
  }}
}}
"""
)
"""The same server in the words of Dovecot 2.4, which reads nothing of 2.3."""
OAUTH2 = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={folder}/keys/
username_attribute = sub
"""


@dataclass(frozen=True)
class Mailbox:
    """One user of the server; ``address`` is also the user name."""

    server: Dovecot
    address: str
    password: str = field(default=PASSWORD, repr=False)

    @property
    def folder(self) -> Path:
        """The Maildir on disk."""
        return self.server.folder / "mail" / self.address / "Maildir"

    @contextmanager
    def look(self) -> Iterator[IMAPClient]:
        """Sign in as a person would, apart from the code under test."""
        with IMAPClient(LOOPBACK, self.server.plain_port, ssl=False, timeout=10) as client:
            client.plain_login(self.address, self.password)
            yield client

    def append(self, *mails: bytes, folder: str = "INBOX") -> None:
        """Put mails into a folder through IMAP, oldest first."""
        with self.look() as client:
            for mail in mails:
                client.append(folder, mail)

    def mails(self, folder: str = "INBOX") -> list[bytes]:
        """Read every mail of a folder in its order, changing no flag."""
        with self.look() as client:
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search() or [], ["BODY.PEEK[]"])
            return [found[uid][b"BODY[]"] for uid in sorted(found)]

    def deliver(self, mail: bytes, *, at: datetime | None = None) -> None:
        """Drop a mail into the Maildir as a delivery agent does: whole or not at all.

        ``at`` is when it arrived as far as IMAP clients can tell; now by default.
        """
        name = f"{time.time():.6f}.{next(_sequence)}_{os.getpid()}.test"
        written = self.folder / "tmp" / name
        written.write_bytes(mail.replace(b"\r\n", b"\n"))
        if at is not None:
            os.utime(written, (at.timestamp(), at.timestamp()))
        self.server.give_away(written)
        written.rename(self.folder / "new" / name)

    def make_folders(self) -> None:
        """Make the Maildir before the server would, which does so at the first sign-in."""
        for place in (self.folder.parent, *(self.folder / part for part in ("", *_PARTS))):
            place.mkdir(mode=0o700, exist_ok=True)
            self.server.give_away(place)

    def count_from(self, uid_validity: int, uid: int) -> None:
        """Say what the INBOX counts by, before anybody has looked into it."""
        written = self.folder / "dovecot-uidlist"
        written.write_text(f"3 V{uid_validity} N{uid}\n")
        self.server.give_away(written)


_sequence = itertools.count()
_PARTS = ("tmp", "new", "cur")


@dataclass(frozen=True)
class Dovecot:
    """Where the server listens and who may sign in."""

    folder: Path
    owner: pwd.struct_passwd
    plain_port: int
    tls_port: int
    certificates: Certificates
    host: str = LOOPBACK

    def mailbox(self, name: str | None = None) -> Mailbox:
        """Return a mailbox that nobody else uses, or the one of a given address."""
        mailbox = Mailbox(self, name or f"box{next(_sequence)}@mail.test")
        mailbox.make_folders()
        return mailbox

    def give_away(self, path: Path) -> None:
        """Hand a file to the user as whom Dovecot reads mail."""
        if os.geteuid() == 0:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def token(self, user: str, *, lasts_seconds: int = 600) -> str:
        """Sign an OAuth2 access token (a JWT) that this server accepts for ``user``."""
        parts = [
            {"alg": "HS256", "typ": "JWT", "kid": "tests"},
            {"sub": user, "iat": int(time.time()) - 10, "exp": int(time.time()) + lasts_seconds},
        ]
        signed = ".".join(_base64url(json.dumps(part).encode()) for part in parts)
        mac = hmac.new(TOKEN_SECRET, signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{_base64url(mac)}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@contextmanager
def run_dovecot(certificates: Certificates, extra: str = "") -> Iterator[Dovecot]:
    """Run a server; ``extra`` is Dovecot configuration (``imap_capability = …``)."""
    program = requires("dovecot", package="dovecot-imapd", also=["/usr/sbin"])
    configuration = _in_the_words_of(program)
    folder = open_folder("dovecot")
    server = Dovecot(folder, _mail_owner(), free_port(), free_port(), certificates)
    _write_configuration(server, configuration, extra)
    command = [program, "-F", "-c", str(folder / "dovecot.conf")]
    with guarded(command, folder, ports=[server.plain_port, server.tls_port]):
        yield server


def _in_the_words_of(program: str) -> str:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    known = {"2.3": CONFIGURATION_2_3, "2.4": CONFIGURATION_2_4}
    version = told.stdout[:3]
    if version not in known:
        pytest.fail(
            f"the tests configure Dovecot {' and '.join(known)}; this is {told.stdout}",
            pytrace=False,
        )
    return known[version]


def _mail_owner() -> pwd.struct_passwd:
    """Dovecot refuses to read mail as root, so root hands it to an unprivileged user."""
    return pwd.getpwnam("nobody" if os.geteuid() == 0 else getpass.getuser())


def _write_configuration(server: Dovecot, configuration: str, extra: str) -> None:
    folder = server.folder
    mail = folder / "mail"
    mail.mkdir()
    server.give_away(mail)
    keys = folder / "keys" / "default" / "HS256"
    keys.mkdir(parents=True)
    (keys / "tests").write_text(base64.b64encode(TOKEN_SECRET).decode())
    (folder / "oauth2.conf.ext").write_text(OAUTH2.format(folder=folder))
    text = configuration.format(
        folder=folder,
        loopback=LOOPBACK,
        certificates=server.certificates,
        plain_port=server.plain_port,
        tls_port=server.tls_port,
        owner=server.owner.pw_uid,
        group=server.owner.pw_gid,
        password=PASSWORD,
        users="" if os.geteuid() == 0 else _single_user(server.owner.pw_name),
        extra=extra,
    )
    (folder / "dovecot.conf").write_text(text)


def _single_user(name: str) -> str:
    return f"default_internal_user = {name}\ndefault_login_user = {name}"


@pytest.fixture(scope="session")
def dovecot(certificates: Certificates) -> Iterator[Dovecot]:
    """Run one IMAP server for the whole session, with IDLE, MOVE, ID and UIDPLUS."""
    with run_dovecot(certificates) as server:
        yield server


@pytest.fixture
def mailbox(dovecot: Dovecot) -> Mailbox:
    """Return an empty mailbox on the real server."""
    return dovecot.mailbox()
