"""Event identity, clusters, threads and sentence alignment: pure functions on arrays, no I/O."""
