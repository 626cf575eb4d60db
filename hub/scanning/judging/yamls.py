"""YAML that describes objects: hydra's `_target_` and Python's own tags. Nothing is built from it here."""

import re

import yaml

from hub.scanning.findings import Severity, printable
from hub.scanning.formats.base import Judge
from hub.scanning.judging.targets import judge_target
from hub.scanning.names import Judgement
from hub.scanning.names import judge as judge_name
from hub.scanning.sources import Budget

LARGEST = 1 << 20
# A tag of Python's own, written out, by a name for its beginning, or with letters as %xx.
_TAGS = re.compile(rb"!!python/|yaml\.org,2002:python/|^%TAG|![^\s%]{0,64}%[0-9a-fA-F]{2}", re.MULTILINE)
# A key with an escape may be any other key; none that matters is longer, each of its letters escaped.
_WORTH_IT = re.compile(rb"""_target_|\\[xuU][^"]{0,1000}+"\s*:|""" + _TAGS.pattern, re.MULTILINE)
# Keys of NeMo and of Lightning; elsewhere they may stand for anything.
CLASSES = ("target", "class_path")
_TAG = "tag:yaml.org,2002:python/"
_CALLS = ("object/apply", "object/new", "object", "module", "name")


def has_tags(data: bytes) -> bool:
    """Whether a tag that builds objects of Python may be in it."""
    return _TAGS.search(data) is not None


def judge_yaml(judge: Judge, data: bytes, where: str, *, framework: bool) -> None:
    """Judge each whole document; text that is no YAML is not read as such by anyone."""
    if len(data) > LARGEST:
        if framework or has_tags(data):
            judge.say("bad-yaml", "is YAML too large to be judged", where, Severity.ERROR)
    elif framework or _WORTH_IT.search(data):
        found = Documents(judge.budget, {"_target_", *(CLASSES if framework else ())})
        try:
            found.read(data.decode("utf-8-sig"))
        except (yaml.YAMLError, ValueError):
            if framework:
                judge.say("bad-yaml", "cannot be read as YAML", where, Severity.ERROR)
                found.keep()
        for target in found.targets:
            judge_target(judge, target, where, framework=framework)
        for tag in found.tags:
            judge_tag(judge, tag, where)


class Documents:
    """The `targets` and `tags` of the documents of a stream, as far as each of them was read to its end."""

    def __init__(self, budget: Budget, keys: set[str]) -> None:
        self.budget, self.keys = budget, keys
        self.targets: list[str] = []
        self.tags: list[str] = []
        self.of_this: tuple[list[str], list[str]] = ([], [])

    def read(self, text: str) -> None:
        """Read them all; yaml.YAMLError or ValueError where it is no YAML any more."""
        expecting = ""
        for steps, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader), 1):
            if not steps % 1024:
                self.budget.step(1024)
            targets, tags = self.of_this
            tag = getattr(event, "tag", None) or ""
            if tag.startswith(_TAG):
                tags.append(tag.removeprefix(_TAG))
            scalar = event.value if isinstance(event, yaml.ScalarEvent) else None
            if expecting == "_target_":
                targets.append("$" if scalar is None else scalar)
            elif expecting and scalar and leads_out(scalar):
                targets.append(scalar)
            expecting = scalar if scalar in self.keys and not expecting else ""
            if isinstance(event, yaml.DocumentEndEvent):
                self.keep()

    def keep(self) -> None:
        """Count what was seen since the last document."""
        targets, tags = self.of_this
        self.targets += targets
        self.tags += tags
        self.of_this = ([], [])


def leads_out(dotted: str) -> bool:
    """Whether it is the name of something that is known to be dangerous."""
    module, _, name = dotted.rpartition(".")
    return (
        bool(module)
        and dotted.replace(".", "").isidentifier()
        and (judge_name(module, name) == Judgement.DANGEROUS)
    )


def judge_tag(judge: Judge, tag: str, where: str) -> None:
    """A tag by which PyYAML's unsafe loaders import a name."""
    kind, _, dotted = tag.partition(":")
    if kind not in _CALLS:
        return
    module, _, name = dotted.rpartition(".")
    judgement = judge_name(module or dotted, name) if kind != "module" else judge_name(dotted, "x")
    words = f"has YAML build {printable(dotted)}"
    if judgement == Judgement.DANGEROUS:
        judge.say("yaml-tag", f"{words}, which {judgement.value}", where, Severity.DANGEROUS)
    elif judgement == Judgement.UNKNOWN and kind.startswith("object"):
        judge.say("yaml-tag", f"{words}, which is {judgement.value}", where, Severity.SUSPICIOUS)
