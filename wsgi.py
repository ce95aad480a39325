"""The WSGI entry point: ``gunicorn wsgi:app``."""

from helpdesk import create_app
from helpdesk.runtime import settle_in

app = create_app()
settle_in()
