"""The shapes that the desk's metrics are made of."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily


def gauge(name: str, words: str, value: float | None) -> GaugeMetricFamily:
    """Return a gauge without labels; None gives it no sample."""
    family = GaugeMetricFamily(name, words)
    if value is not None:
        family.add_metric((), value)
    return family


def gauge_by(name: str, words: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    """Return a gauge with one label."""
    family = GaugeMetricFamily(name, words, labels=(label,))
    for code, value in values.items():
        family.add_metric((code,), value)
    return family


def counter_by(
    name: str, words: str, label: str, values: Mapping[str, float]
) -> CounterMetricFamily:
    """Return a counter with one label; its samples end in ``_total``."""
    family = CounterMetricFamily(name, words, labels=(label,))
    for code, value in values.items():
        family.add_metric((code,), value)
    return family
