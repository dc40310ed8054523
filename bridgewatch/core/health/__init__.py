"""What the silences and severities mean: link, egress and site states, each change with its evidence."""
