"""How it leaves: compose, gate, transports, result, sweep."""
