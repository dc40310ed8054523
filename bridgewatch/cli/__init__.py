"""Parse, call, print; one file per group of commands."""
