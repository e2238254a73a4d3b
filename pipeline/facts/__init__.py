"""Facts in text: numbers, dates, names, quotes, and how they compare. Pure."""
