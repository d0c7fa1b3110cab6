"""Families of gauges from what is known: labels hold any text, what is not known has no sample."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client.core import GaugeMetricFamily


def gauges(
    name: str, text: str, label: str, values: Mapping[str, float | None]
) -> GaugeMetricFamily:
    """Return the family `name` with a sample for each value of `label`."""
    family = GaugeMetricFamily(name, text, labels=(label,))
    for key, value in values.items():
        if value is not None:
            family.add_metric((encodable(key),), value)
    return family


def encodable(text: str) -> str:
    """Return a text that can be written as UTF-8; names of files can hold lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode()
