"""What a notice of a cancelled authorisation says, before people change it."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date

from helpdesk.i18n import gettext, language, speaking
from helpdesk.models import Center
from helpdesk.runtime import current_config


def cancellation(code: str, center: Center, today: date) -> tuple[str, str]:
    """Return title and text of the notice that a center's authorisation ends, in a language."""
    with speaking(code):
        name = center.name if code == "zh" else center.name_en or center.name
        office = current_config().office_name
        told = {
            "name": name,
            "office": office,
            "day": format_date(today, "long", locale=language()),
            "region": center.region or "—",
            "plaque": center.plaque_no or "—",
            "certificate": center.certificate_no or "—",
        }
        own = center.exit_by == "request_exit"
        cause = (
            gettext("At its own request, the authorisation of %(name)s ends on %(day)s.", **told)
            if own
            else gettext("The authorisation of %(name)s is cancelled as of %(day)s.", **told)
        )
        parts = (
            cause,
            gettext(
                "Region: %(region)s. Plaque: %(plaque)s. Certificate of authorisation: "
                "%(certificate)s.",
                **told,
            ),
            gettext(
                "From that day it may not train, examine or advertise as a certification center. "
                "Plaque and documents of authorisation go back to %(office)s.",
                **told,
            ),
            gettext("Students who have questions may turn to %(office)s.", **told),
        )
        return gettext("Authorisation of %(name)s cancelled", **told), "\n\n".join(parts)
