"""Dial-in beside the wire: the site's side, which keeps calls up, and the memory of the daemon's."""
