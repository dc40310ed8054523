"""Minute roll-ups and transitions of every link, in columns."""
