"""A province on loopback: real packets, scripted trouble, and an account of what was found and how fast."""
