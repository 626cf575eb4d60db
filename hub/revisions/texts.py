"""Texts as people edit them in a browser, which knows only one kind of line end."""

import re

from hub.revisions.selectors import Entry
from storage import readers
from storage.selectors import blob_by_sha256

# In bytes; what is longer is edited where there are tools for it.
LONGEST = 512 * 1024
_LINE_END = re.compile(r"\r\n|\r|\n")


def editable_text(entry: Entry) -> str | None:
    """A small file's text, exactly; None for what is large, binary, not UTF-8, or not to be had now."""
    if entry.type != "file" or entry.pointer or entry.blob is None or entry.size > LONGEST:
        return None
    blob = blob_by_sha256(entry.sha256 or "")
    if blob is None:
        return None
    with readers.open_blob(blob) as reader:
        data = reader.read(LONGEST)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def with_line_ends_of(text: str, former: str) -> str:
    """A text from a browser with the line ends that the file has, or else has most of."""
    windows = former.count("\r\n")
    ends = "\r\n" if windows and windows * 2 > len(_LINE_END.findall(former)) else "\n"
    return _LINE_END.sub(ends, text)
