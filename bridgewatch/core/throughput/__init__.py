"""Throughput tests: who may run one now, which wait for what, and how many fit into a night."""
