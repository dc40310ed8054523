"""A simulated network, clock and event loop: for tests, the demo and backtests."""
