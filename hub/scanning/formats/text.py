"""Text: configurations, templates, descriptions of objects, source code."""

import re

from hub.scanning.findings import CODE_FILE, Severity
from hub.scanning.formats.base import Format, Judge, Piece
from hub.scanning.judging import objects, templates
from hub.scanning.judging.yamls import has_tags, judge_yaml
from hub.scanning.sources import Source

SAMPLE = 64 * 1024
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
# A line as only Python has it, at the left edge.
_PYTHON = re.compile(
    rb"^(?:import [\w.]+(?: as \w+)?(?:\s*,.*)?\s*(?:#.*)?|from [\w.]+ import .+|(?:async )?def \w+\(.*|"
    rb"class \w+(?:\(.*\))?:.*)$",
    re.MULTILINE,
)
# Code of TorchScript that reaches files, or operators that another library brings.
_SCRIPT = re.compile(rb"\b(?:torch|aten)\.(?:from_file|save)\(|\bops\.aten\.from_file\(|\baten::from_file")
_ENTITY = re.compile(rb"<!ENTITY\s[^<>]{0,500}\b(?:SYSTEM|PUBLIC)\s")
# An entity made of others, many times over, fills its reader's memory.
_NESTED = re.compile(rb"""<!ENTITY\s+[^\s"'<>]{1,100}\s+["'](?:&[^;\s"']{1,100};){3}""")
_SHELL = re.compile(rb"#!\s*/\S+")


class Text(Format):
    """Judges text by what it holds, not by its name: a template or a configuration may be called anything."""

    def recognise(self, piece: Piece, head: bytes) -> bool:
        return is_text(piece.source)

    def inspect(self, judge: Judge, piece: Piece) -> None:
        # A file that is too long to be judged is a table or a list: nobody reads it as one description.
        data = piece.source.open().peek(objects.LARGEST + 1).removeprefix(b"\xef\xbb\xbf")
        if data.lstrip().startswith(EICAR):
            message = "is the file with which virus scanners are tried"
            judge.say("eicar", message, piece.label, Severity.DANGEROUS)
        elif len(data) > objects.LARGEST:
            self.say_too_long(judge, piece, data)
        elif not (data.lstrip()[:1] in (b"{", b"[") and self.is_json(judge, piece, data)):
            self.judge_prose(judge, piece, data)
        if not piece.pickled:
            judge.harmless("text", piece.label)

    def is_json(self, judge: Judge, piece: Piece, data: bytes) -> bool:
        framework = piece.hints.get("framework", False)
        return objects.judge_json(judge, data, piece.label, framework=framework)

    def say_too_long(self, judge: Judge, piece: Piece, data: bytes) -> None:
        """A description so long cannot be judged; text that describes nothing need not be."""
        is_json = data.lstrip()[:1] in (b"{", b"[")
        if (is_json and re.search(rb"chat_template|class_name|_target_|\\u00", data)) or has_tags(data):
            message = "is a description too long to be judged"
            judge.say("too-much", message, piece.label, Severity.ERROR)

    def judge_prose(self, judge: Judge, piece: Piece, data: bytes) -> None:
        """Text that is no JSON."""
        if piece.hints.get("script"):
            if _SCRIPT.search(data):
                message = "is TorchScript that reads or writes files"
                judge.say("script-files", message, piece.label, Severity.SUSPICIOUS)
            return
        code = len(_PYTHON.findall(data[:SAMPLE])) > 1 and b"```" not in data
        if code or _SHELL.match(data):
            message = "is code, which runs when somebody asks for it"
            judge.say(CODE_FILE, message, piece.label, Severity.NOTICE)
        elif templates.has_marks(data):
            self.judge_template(judge, piece, data)
        if data.lstrip()[:1] == b"<" and _ENTITY.search(data):
            message = "is XML that has its reader fetch another file"
            judge.say("xml-entity", message, piece.label, Severity.SUSPICIOUS)
        if data.lstrip()[:1] == b"<" and len(_NESTED.findall(data)) > 2:
            message = "is XML that unpacks to far more than it is"
            judge.say("xml-entity", message, piece.label, Severity.SUSPICIOUS)
        judge_yaml(judge, data, piece.label, framework=piece.hints.get("framework", False))

    def judge_template(self, judge: Judge, piece: Piece, data: bytes) -> None:
        """A template says so by its name, or by what it begins with; other text may only quote one."""
        named = piece.name.lower().endswith((".jinja", ".jinja2", ".j2"))
        text = data.decode("utf-8", "replace")
        whole = text.lstrip()[:2] in templates.BEGINNINGS
        templates.judge_template(judge, text, piece.label, known=named, whole=whole)


def is_text(source: Source) -> bool:
    """Whether the first 64 KiB are UTF-8 without control characters other than white space."""
    sample = source.open().peek(SAMPLE)[:SAMPLE]
    try:
        text = sample.decode()
    except UnicodeDecodeError as problem:
        if len(sample) < SAMPLE or problem.start < SAMPLE - 3:
            return False
        text = sample[: problem.start].decode()
    return not any(ord(letter) < 32 and letter not in "\t\n\r\f\x1b" for letter in text)
