"""Readers of the snapshot: they show it and change nothing."""
