"""Proof on the wire: the engine and the pipeline against a kernel, a lab and a witness."""
