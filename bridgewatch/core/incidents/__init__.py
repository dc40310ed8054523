"""One fault, one incident: what explains what, how bad it is, and whether it is worth a page yet."""
