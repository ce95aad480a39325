"""Coordinates of the small charts."""

from helpdesk.presentation import charts


def test_a_line_runs_from_its_lowest_to_its_highest_value():
    assert charts.sparkline([1, 3, 2], width=10, height=4) == "M0.0 4.0 L5.0 0.0 L10.0 2.0"


def test_a_missing_value_breaks_the_line():
    assert charts.sparkline([1, None, 2, 3], width=30, height=10) == "M0.0 10.0 M20.0 5.0 L30.0 0.0"


def test_no_values_draw_nothing():
    assert charts.sparkline([], width=10, height=4) == ""
    assert charts.bars([], width=10, height=4) == []


def test_the_smallest_bar_can_still_be_seen():
    low, none, high = charts.bars([1, 0, 1000], width=30, height=50)

    assert low.height == 2
    assert none.height == 0
    assert (high.y, high.height) == (0, 50)


def test_heat_has_nine_steps_and_a_zero():
    assert [charts.heat(value, 20) for value in (0, 1, 10, 20)] == [0, 1, 4, 9]
