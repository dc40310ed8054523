"""The pure pipeline of people in one piece: incidents, escalation and outbox over calendar and rosters."""
