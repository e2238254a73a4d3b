"""What reviewers decided: read, merged, and honoured by the next run."""
