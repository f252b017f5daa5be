"""What is given: the library of gifts, their pages and templates."""
