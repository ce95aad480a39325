"""Verbs that touch several records.

They work in the caller's transaction (:func:`helpdesk.extensions.transaction`)
and never commit; ``now`` is passed in.
"""
