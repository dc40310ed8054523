"""How reason codes and states read to people."""
