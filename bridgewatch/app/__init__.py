"""The composition root: wiring, start, reload, stop."""
