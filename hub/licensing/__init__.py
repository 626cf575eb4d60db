"""Under which terms a model may be used, as far as its card says it in a way that machines can check."""
