"""The chain of hashes over the log of acts, which shows what was changed in it."""
