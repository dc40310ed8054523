"""Hands messages to gateways through Apprise: one attempt, one thread, one time limit, one plain result."""
