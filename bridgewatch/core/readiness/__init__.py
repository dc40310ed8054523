"""Whether the sites of an event are ready: GO, NO-GO or UNKNOWN, with reasons."""
