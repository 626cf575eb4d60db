"""What people say about a repository: discussions, and the talk in its pull requests."""
