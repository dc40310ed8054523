"""The watchdog's judgement: whose heartbeats are believed, and what they and their silence mean."""
