"""The address of centers' records, and the numbers that databases can look for."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("centers", __name__, url_prefix="/centers")

ID = "int(max=2147483647)"
"""The converter of a row's number in an address: larger ones are in no database."""
