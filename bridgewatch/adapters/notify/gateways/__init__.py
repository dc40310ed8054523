"""One module per kind of gateway; `kinds` lists them."""
