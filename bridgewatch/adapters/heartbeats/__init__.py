"""Heartbeats on the wire: signed JSON over HTTP, sent by daemons and received by watchdogs."""
