"""What the collector of garbage is spared."""

import gc

import pytest

from helpdesk.runtime import uncollected


def test_the_collector_rests_within_the_block_and_works_again_whatever_happens():
    seen = []

    def fail():
        with uncollected():
            seen.append(gc.isenabled())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (seen, gc.isenabled()) == ([False], True)


def test_a_collector_that_was_off_stays_off():
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
