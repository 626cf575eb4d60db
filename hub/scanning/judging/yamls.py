"""YAML that describes objects: hydra's `_target_` and Python's own tags. Nothing is built from it here."""

import re

import yaml

from hub.scanning.findings import Severity, printable
from hub.scanning.formats.base import Judge
from hub.scanning.judging.targets import judge_target
from hub.scanning.names import Judgement
from hub.scanning.names import judge as judge_name

LARGEST = 1 << 20
_WORTH_IT = re.compile(rb"""_target_|python/|%TAG|"[^"\n]*\\[xuU][^"\n]*"\s*:""")
_TAG = "tag:yaml.org,2002:python/"
_CALLS = ("object/apply", "object/new", "object", "module", "name")


def judge_yaml(judge: Judge, data: bytes, where: str, *, framework: bool) -> None:
    """Judge each whole document; text that is no YAML is not read as such by anyone."""
    if not _WORTH_IT.search(data):
        return
    if len(data) > LARGEST:
        if framework:
            judge.say("bad-yaml", "is YAML too large to be judged", where, Severity.ERROR)
        return
    words = b"```" not in data
    targets: list[str | None] = []
    tags: list[str] = []
    expecting = False
    steps = 0
    try:
        for event in yaml.parse(data.decode("utf-8-sig"), Loader=yaml.SafeLoader):
            steps += 1
            if not steps % 1024:
                judge.budget.step(1024)
            tag = getattr(event, "tag", None) or ""
            if tag.startswith(_TAG):
                tags.append(tag.removeprefix(_TAG))
            if expecting:
                targets.append(event.value if isinstance(event, yaml.ScalarEvent) else None)
            expecting = isinstance(event, yaml.ScalarEvent) and event.value == "_target_" and not expecting
    except (yaml.YAMLError, ValueError):
        if not framework:
            return
        judge.say("bad-yaml", "cannot be read as YAML", where, Severity.ERROR)
    for target in targets:
        judge_target(judge, "$" if target is None else target, where, framework=framework)
    for tag in tags:
        judge_tag(judge, tag, where, document=words)


def judge_tag(judge: Judge, tag: str, where: str, *, document: bool) -> None:
    """A tag by which PyYAML's unsafe loaders import a name; `document` is False for prose that quotes it."""
    kind, _, dotted = tag.partition(":")
    if kind not in _CALLS:
        return
    module, _, name = dotted.rpartition(".")
    judgement = judge_name(module or dotted, name) if kind != "module" else judge_name(dotted, "x")
    words = f"has YAML build {printable(dotted)}"
    if judgement == Judgement.DANGEROUS:
        severity = Severity.DANGEROUS if document else Severity.SUSPICIOUS
        judge.say("yaml-tag", f"{words}, which {judgement.value}", where, severity)
    elif judgement == Judgement.UNKNOWN and kind.startswith("object"):
        judge.say("yaml-tag", f"{words}, which is {judgement.value}", where, Severity.SUSPICIOUS)
