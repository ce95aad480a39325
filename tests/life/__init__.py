"""A desk's life: what customers, agents, managers and time do to it, drawn by chance.

The state machine of the suite and the year of the benchmark use the same acts. An act
takes the ``World`` and a ``random.Random``, which hypothesis shrinks; what makes no sense
just then is refused by the desk and counted. ``truths`` says what holds after each act.
"""
