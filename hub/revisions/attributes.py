"""Which files are kept as large files: `.gitattributes`, and the rules for what it does not name (pure)."""

import re

# The formats that weights, data and media come in; text formats stay in git.
LARGE_SUFFIXES = """
7z arrow avro bin bz2 ckpt ftz gguf ggml gz h5 joblib keras lz4 mlmodel model msgpack npy npz onnx orbax ot
parquet pb pickle pkl pt pth rar safetensors tar tflite tgz wasm xz zip zst
""".split()
INITIAL_ATTRIBUTES = (
    "".join(f"*.{suffix} filter=lfs diff=lfs merge=lfs -text\n" for suffix in LARGE_SUFFIXES)
    + "saved_model/**/* filter=lfs diff=lfs merge=lfs -text\n"
    + "*tfevents* filter=lfs diff=lfs merge=lfs -text\n"
)


def large_patterns(attributes: str) -> list[tuple[re.Pattern[str], bool]]:
    """The patterns of a `.gitattributes` that turn LFS on (True) or off (False), in order."""
    found = []
    for line in attributes.splitlines()[:2000]:
        words = line.split()
        if len(words) < 2 or words[0].startswith("#"):
            continue
        if "filter=lfs" in words[1:]:
            found.append((glob_pattern(words[0]), True))
        elif {"-filter", "!filter"} & set(words[1:]):
            found.append((glob_pattern(words[0]), False))
    return found


def named_large(path: str, patterns: list[tuple[re.Pattern[str], bool]]) -> bool | None:
    """What the last matching pattern says; None when none matches."""
    verdicts = [large for pattern, large in patterns if pattern.fullmatch(path)]
    return verdicts[-1] if verdicts else None


def glob_pattern(glob: str) -> re.Pattern[str]:
    """A gitattributes or gitignore glob as an expression for whole paths (source: gitignore, PATTERN FORMAT)."""
    anchored = "/" in glob.rstrip("/")
    text = glob.strip("/")
    parts = re.split(r"(\*\*/|/\*\*|\*+|\?|\[[^\]]*\])", text)
    expression = "".join(_glob_part(part) for part in parts)
    return re.compile(("" if anchored else "(?:.*/)?") + expression, re.DOTALL)


def _glob_part(part: str) -> str:
    if part == "**/":
        return "(?:.*/)?"
    if part == "/**":
        return "/.*"
    if part and set(part) == {"*"}:
        return "[^/]*"
    if part == "?":
        return "[^/]"
    if part.startswith("[") and part.endswith("]") and len(part) > 2:
        inner = part[1:-1].replace("\\", "\\\\")
        return "[^" + inner[1:] + "]" if inner[0] in "!^" else f"[{inner}]"
    return re.escape(part)
