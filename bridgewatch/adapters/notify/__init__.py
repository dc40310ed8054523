"""Gateways: mail, chat, text messages and calls through Apprise, in a pool of our own."""
