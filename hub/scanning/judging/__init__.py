"""Judgement of what many formats carry: templates, descriptions of objects in JSON and YAML, names."""
