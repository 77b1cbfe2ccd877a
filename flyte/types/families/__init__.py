"""One family of types per file, each with an `extension_for`; imported when an annotation may be of it."""
