"""Which files are kept as large files: `.gitattributes`, and the rules for what it does not name (pure)."""

from pathspec import GitIgnoreSpec

# The formats that weights, data and media come in; text formats stay in git.
LARGE_SUFFIXES = [
    "7z",
    "arrow",
    "avro",
    "bin",
    "bz2",
    "ckpt",
    "ftz",
    "gguf",
    "ggml",
    "gz",
    "h5",
    "joblib",
    "keras",
    "lz4",
    "mlmodel",
    "model",
    "msgpack",
    "npy",
    "npz",
    "onnx",
    "orbax",
    "ot",
    "parquet",
    "pb",
    "pickle",
    "pkl",
    "pt",
    "pth",
    "rar",
    "safetensors",
    "tar",
    "tflite",
    "tgz",
    "wasm",
    "xz",
    "zip",
    "zst",
]
MAX_RULES = 2000
INITIAL_ATTRIBUTES = (
    "".join(f"*.{suffix} filter=lfs diff=lfs merge=lfs -text\n" for suffix in LARGE_SUFFIXES)
    + "saved_model/**/* filter=lfs diff=lfs merge=lfs -text\n"
    + "*tfevents* filter=lfs diff=lfs merge=lfs -text\n"
)


Rules = list[tuple[GitIgnoreSpec, bool]]


def large_rules(attributes: str) -> Rules:
    """The patterns of a `.gitattributes` that turn LFS on (True) or off (False), in order."""
    found = []
    for line in attributes.splitlines()[:MAX_RULES]:
        words = line.split()
        if len(words) < 2 or words[0].startswith(("#", "!")):
            continue
        if "filter=lfs" in words[1:]:
            found.append((GitIgnoreSpec.from_lines(words[:1]), True))
        elif {"-filter", "!filter"} & set(words[1:]):
            found.append((GitIgnoreSpec.from_lines(words[:1]), False))
    return found


def is_large(path: str, *, size: int, sample: bytes, rules: Rules, limit: int) -> bool:
    """Whether a file goes to the object store: as its attributes say, else by size and first bytes.

    `sample` is the beginning of the file; a NUL byte or broken UTF-8 in it means a binary file, as for git.
    An empty file never goes there: the client sends none to LFS.
    """
    if size == 0:
        return False
    named = named_large(path, rules)
    return bool(named) or size > limit or (named is None and is_binary(sample))


def named_large(path: str, rules: Rules) -> bool | None:
    """What the last rule that matches says of a path; None when none does."""
    verdicts = [large for spec, large in rules if spec.match_file(path)]
    return verdicts[-1] if verdicts else None


def is_binary(sample: bytes) -> bool:
    """Whether the beginning of a file is not text; a character cut off at the end does not count."""
    if b"\0" in sample:
        return True
    try:
        sample.decode()
    except UnicodeDecodeError as problem:
        return problem.start < len(sample) - 3
    return False
