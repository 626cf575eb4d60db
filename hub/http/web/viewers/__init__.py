"""How a file is shown: one module a kind of content, each with its bounds. Nothing of it ever runs."""
