"""Chunk-level deduplicated storage: the formats and rules of the Xet protocol."""
