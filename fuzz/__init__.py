"""Coverage-guided fuzzing of what reads input that nobody here has written. See docs/reliability.md."""
