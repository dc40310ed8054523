"""Where people answer: signed links and their pages, and the messages that come in through gateways."""
