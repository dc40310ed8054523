"""Words every room shares: ids, states, the inventory, batches of observations, and the ports."""
