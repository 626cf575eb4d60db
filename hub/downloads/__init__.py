"""How often repositories are pulled."""
