"""Which files are kept as large files: `.gitattributes`, and the rules for what it does not name (pure)."""

from collections.abc import Iterable

from hub.errors import InvalidInput
from hub.revisions.globs import Pattern, read_pattern, steps

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
READ_BY_THE_HUB = frozenset({"README.md", ".gitattributes", ".gitignore"})
MAX_RULES = 2000
# A longer line is a mistake: git itself takes no longer one in `.gitattributes`.
MAX_LINE = 2048
# Steps are of about a nanosecond: this many are one to three seconds.
MAX_STEPS = 1_000_000_000
INITIAL_ATTRIBUTES = (
    "".join(f"*.{suffix} filter=lfs diff=lfs merge=lfs -text\n" for suffix in LARGE_SUFFIXES)
    + "saved_model/**/* filter=lfs diff=lfs merge=lfs -text\n"
    + "*tfevents* filter=lfs diff=lfs merge=lfs -text\n"
)


# Patterns in the order of their lines, and what each says of a path that matches.
Rules = list[tuple[Pattern, bool]]


def large_rules(attributes: str) -> Rules:
    """The patterns of a `.gitattributes` that turn LFS on (True) or off (False), in order."""
    found = []
    for line in _lines(attributes):
        words = line.split()
        if len(words) < 2 or words[0].startswith(("#", "!")):
            continue
        if "filter=lfs" in words[1:]:
            found.append((read_pattern(words[0]), True))
        elif {"-filter", "!filter"} & set(words[1:]):
            found.append((read_pattern(words[0]), False))
    return found[:MAX_RULES]


def ignore_rules(ignore: str) -> Rules:
    """The patterns of a `.gitignore`: those that ignore (True), and those with `!` that do not (False)."""
    found = []
    for line in _lines(ignore):
        text = _without_trailing_spaces(line.removesuffix("\r"))
        if text and not text.startswith("#"):
            found.append((read_pattern(text.removeprefix("!")), not text.startswith("!")))
    return found[:MAX_RULES]


class Ignored:
    """Which paths a `.gitignore` ignores; folders above several paths are looked at once."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._folders: dict[str, bool] = {}

    def __contains__(self, path: str) -> bool:
        """Whether the file is ignored, or a folder above it: then no later pattern can bring it back."""
        at = path.find("/")
        while at >= 0:
            folder = path[:at]
            if folder not in self._folders:
                self._folders[folder] = bool(_last(self.rules, folder, folder=True))
            if self._folders[folder]:
                return True
            at = path.find("/", at + 1)
        return bool(_last(self.rules, path))


def check_work(rules: Rules, paths: Iterable[str]) -> None:
    """Refuse more patterns times paths than can be compared in a moment; InvalidInput names the files."""
    wanted = {path.encode() for path in paths}
    wanted |= {path[:at] for path in wanted for at, letter in enumerate(path) if letter == 47}
    if steps((pattern for pattern, _ in rules), wanted) > MAX_STEPS:
        raise InvalidInput("The patterns are too many for so many files; ask about fewer at once.", "files")


def is_large(path: str, *, size: int, sample: bytes, rules: Rules, limit: int) -> bool:
    """Whether a file goes to the object store: as its attributes say, else by size and first bytes.

    `sample` is the beginning of the file; a NUL byte or broken UTF-8 in it means a binary file, as for git.
    An empty file never goes there: the client sends none to LFS; nor do, whatever the attributes say, the
    files that the hub itself reads, unless they are too large to be kept otherwise.
    """
    if size == 0 or (path in READ_BY_THE_HUB and size <= limit):
        return False
    named = named_large(path, rules)
    return bool(named) or size > limit or (named is None and is_binary(sample))


def named_large(path: str, rules: Rules) -> bool | None:
    """What the last rule that matches says of a path; None when none does."""
    return _last(rules, path)


def is_binary(sample: bytes) -> bool:
    """Whether the beginning of a file is not text; a character cut off at the end does not count."""
    if b"\0" in sample:
        return True
    try:
        sample.decode()
    except UnicodeDecodeError as problem:
        return problem.start < len(sample) - 3
    return False


def _last(rules: Rules, path: str, *, folder: bool = False) -> bool | None:
    data = path.encode()
    return next((said for pattern, said in reversed(rules) if pattern.matches(data, folder=folder)), None)


def _lines(text: str) -> Iterable[str]:
    return (line for line in text.removeprefix("\ufeff").split("\n") if len(line) <= MAX_LINE)


def _without_trailing_spaces(line: str) -> str:
    """The line up to its trailing spaces; one behind a backslash stays."""
    kept = line.rstrip(" ")
    escaped = (len(kept) - len(kept.rstrip("\\"))) % 2 == 1
    return kept + " " if escaped and len(kept) < len(line) else kept
