"""The pure middle: takes `now` and values, returns values; no socket, clock, logger or random source."""
