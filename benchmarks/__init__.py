"""Benchmarks: speed as ratios taken side by side in one run. Run them with ``make bench``."""
