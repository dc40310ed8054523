"""From documents of contacts, gateways, rosters, policies and events to the model's words for them."""
