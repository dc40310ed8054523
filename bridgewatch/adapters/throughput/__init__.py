"""Measures what a link can carry, by iperf3 or HTTP, in a process of its own."""
