"""Decides what to send, matches what comes back, and tells each probe's one fate."""
