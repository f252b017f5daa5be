"""The engine, a library: campaigns of gifts in, warm people out."""
