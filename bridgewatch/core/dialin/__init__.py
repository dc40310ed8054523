"""Dial-in: a site's box calls from behind a NAT, is known by its key, and is probed back through the call."""
