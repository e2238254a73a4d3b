"""From raw text to an article: encodings, boilerplate, repeats, titles. Pure."""
