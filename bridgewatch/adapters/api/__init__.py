"""The HTTP API of the desk: the same for bearers of a token and, over the control socket, for the NOC."""
