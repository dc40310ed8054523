"""Bandwidth: counters, tests, judgement."""
