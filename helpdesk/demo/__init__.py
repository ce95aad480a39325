"""The demo desk: two months of a small, lifelike desk, played through the real services."""

from helpdesk.demo.loading import Account, is_empty, load

__all__ = ["Account", "is_empty", "load"]
