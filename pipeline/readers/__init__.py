"""Read files and records of every supported format."""
