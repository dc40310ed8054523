"""Who has been called for an incident, who answered, and who is next."""
