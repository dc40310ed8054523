"""The report behind `bridgewatch status` and the demo: what a person wants to know first."""
