"""The far end of a STAMP path: whom to answer, how often, and as which session."""
