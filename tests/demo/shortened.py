"""A shorter demo, for tests that load it to see something else than what it tells."""

import pytest

from helpdesk.demo import centers, loading, telephone, visits
from helpdesk.demo.stories import read


def tell_few_stories(patch: pytest.MonkeyPatch, *, few: slice, calls: int) -> None:
    """Tell these stories of all, and ring seldom."""
    patch.setattr(loading, "read", lambda: read()[few])
    patch.setattr(telephone, "CALLS", calls)
    patch.setattr(telephone, "EVERY_DAY", {10: 1})


def tell_hardly_anything(patch: pytest.MonkeyPatch) -> None:
    """Tell three stories, and neither of centers nor of visits, which take most of a short load."""
    tell_few_stories(patch, few=slice(-3, None), calls=5)
    for part in (centers, visits):
        patch.setattr(part, "play", lambda _cast, _time: None)
