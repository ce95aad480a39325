"""Fixtures of the mail transport's tests."""

from conftest_transport import source_of

__all__ = ["source_of"]
