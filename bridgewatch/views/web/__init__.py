"""The daemon's HTTP face: metrics, health and one plain page."""
