"""What Prometheus reads: one page of link, site, carrier and egress series, and the daemon's own."""
