"""Bandwidth: what goes over links, by counters; what they could carry, by tests; whether that is enough."""
