"""What talks to models."""
