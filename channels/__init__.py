"""Channels: bytes and API rows come in, typed messages go out.

Nothing below this package knows Flask, SQLAlchemy or the desk. A channel turns
what its far end delivers into :class:`channels.message.IncomingMessage` and
carries an :class:`channels.message.OutgoingMessage` to its far end; everything
between the two (who the person is, which ticket it belongs to, what was
promised) is the desk's business.
"""
