"""Paths in archives and models."""


def leaves(name: str) -> bool:
    """Whether a path leads out of the folder that it is unpacked to."""
    depth = 0
    plain = name.replace("\\", "/")
    if plain.startswith("/") or plain[1:2] == ":":
        return True
    for part in plain.split("/"):
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        if depth < 0:
            return True
    return False
