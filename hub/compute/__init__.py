"""What can be computed from a repository's files: sizes, formats, configurations."""
