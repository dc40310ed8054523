"""Bandwidth that is not what it should be, and what routers say of links that are broken."""
