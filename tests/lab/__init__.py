"""The namespace lab: real packets through links that the tests make, spoil and measure themselves."""
