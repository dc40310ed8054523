"""A status report as lines of a terminal: live, on paper, or piped."""
