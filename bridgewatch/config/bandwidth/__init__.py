"""Bandwidth in the configuration: what links, sites and bandwidth.yaml say of it, checked and resolved."""
