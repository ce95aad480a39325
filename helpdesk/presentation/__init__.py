"""How values are told to people: pure formatting in the current language, no database."""

from __future__ import annotations

from helpdesk.presentation.register import register

__all__ = ["register"]
