"""bridgewatch: watches the links of videoconference sites, judges them, exports them, escalates."""

__version__ = "0.1.0"
