"""The API described as OpenAPI 3.1, at /api/schema, and a page to read and try it."""
