"""Fixtures for every test: the real servers that the desk talks to.

Hypothesis judges nothing by the clock, since tests share their machine with others, and draws
the same examples wherever ``CI`` is set.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "steady",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")

pytest_plugins = [  # a module after those that it imports, or pytest cannot rewrite its asserts
    "tests.servers.certificates",
    "tests.servers.dovecot",
    "tests.servers.smtp",
    "tests.servers.microblog",
    "tests.servers.postgres",
    "tests.servers.databases",
    "tests.servers.chromium",
    "tests.thrift",
    "tests.desk",
]
