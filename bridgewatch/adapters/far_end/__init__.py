"""The far end of throughput tests, for known senders: iperf3 under its care, and a source and sink by HTTP.

A process of its own, beside the reflector: what a test takes is not taken from the stamping of probes.
"""
