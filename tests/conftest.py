"""Fixtures for every test: the real servers that the desk talks to."""

pytest_plugins = [  # a module after those that it imports, or pytest cannot rewrite its asserts
    "tests.servers.certificates",
    "tests.servers.dovecot",
    "tests.servers.smtp",
    "tests.servers.microblog",
    "tests.servers.postgres",
    "tests.servers.databases",
    "tests.servers.chromium",
    "tests.desk",
]
