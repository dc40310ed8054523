"""Quality: what the fates of probes say of each path, as counters, histograms and windows."""
