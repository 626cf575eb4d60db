"""What the people who run the hub allow a namespace."""
