"""The commands of the command line, one file per group. These print for people and exit; nothing below them does."""
