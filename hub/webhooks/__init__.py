"""What other programs are told of repositories that somebody watches, by requests to their addresses."""
