"""Packets in and out: batched system calls, kernel time stamps, the engines."""
