"""The whole process in the lab: what it says of cuts, reloads and signals."""
