"""Fidelity, reference-free quality and metrics. Pure."""
