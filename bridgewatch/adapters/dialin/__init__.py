"""The site's side of dial-in: keeps calls up and answers the probes that come back through them."""
