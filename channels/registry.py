"""Every channel by its name; adding one is one line here."""

from __future__ import annotations

from importlib import import_module

from channels.base import Channel, Polled

CHANNELS = {
    "email": ("channels.email.channel", "EmailChannel"),
    "hotline": ("channels.hotline.channel", "HotlineChannel"),
    "onsite": ("channels.onsite", "OnsiteChannel"),
    "microblog": ("channels.microblog.channel", "MicroblogChannel"),
    "web": ("channels.web", "WebChannel"),
}

_made: dict[str, Channel] = {}


def channel(name: str) -> Channel:
    """Return the channel; its module is imported when it is first needed."""
    if name not in _made:
        module, attribute = CHANNELS[name]
        made = getattr(import_module(module), attribute)()
        assert isinstance(made, Channel)
        _made[name] = made
    return _made[name]


def polled() -> list[str]:
    """Return the channels whose far ends the desk asks for what is new."""
    return [name for name in tuple(CHANNELS) if isinstance(channel(name), Polled)]
