"""Read what the files of a commit say of it, and keep that; safe to repeat."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from celery import signature
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts import audit
from hub.compute.bases import MERGES, named_bases
from hub.compute.configs import FILES, LARGEST_FILE, architectures, config_of, context_length, parse
from hub.compute.errors import HeaderInvalid
from hub.compute.evaluations import LARGEST_FILE as LARGEST_EVALUATION
from hub.compute.evaluations import MOST_FILES, is_evaluation, results_in
from hub.compute.headers import all_present, beginning, gguf_header, safetensors_headers
from hub.compute.models import Facts
from hub.compute.pictures import MOST, READ, dimensions, is_picture
from hub.compute.safetensors import HEADER_LIMIT, read_index
from hub.compute.transformers import transformers_info
from hub.compute.weights import INDEX, SINGLE, single_safetensors, smallest_gguf
from hub.events import Event
from hub.queue import enqueue
from hub.repos.cards import as_json
from hub.repos.models import Repository
from hub.revisions.selectors import Entry, list_tree, read_start, resolve_revision
from hub.walks import next_stretch

SWEEP_STRETCH = 1000
RECENT = timedelta(days=1)
# What PostgreSQL's bigint holds.
MOST_PARAMETERS = 2**63 - 1
KEPT = (
    *("size", "safetensors", "gguf", "config", "transformers", "mask_token", "context_length"),
    *("evaluations", "pictures", "bases"),
)
# By name: the task is a door above these services.
DESCRIBE = signature("hub.compute.tasks.describe")


@dataclass
class Findings:
    """What was found so far, and what was wrong with the files, as sentences for the publisher."""

    values: dict[str, Any] = field(default_factory=dict)
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    metadata: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    complete: bool = True

    def readable(self, entries: list[Entry]) -> bool:
        """Whether the files can be read now; those still being verified leave the facts incomplete."""
        if any(entry.availability == "checking" for entry in entries):
            self.complete = False
        return bool(entries) and all_present(entries)


@transaction.atomic
def describe(*, repository: Repository, commit: str, again: bool = False) -> Facts:
    """Read the headers and configuration of a commit's files, once they are verified, and keep what they say.

    Nothing is read again unless `again`: then a file was withheld, released or deleted, and what was kept of
    other commits is forgotten, for it may tell what that file said. Withheld files say nothing. The row
    stays locked while the files are read, so of two workers the second sees what the first kept, and files as
    they are by then. RevisionNotFound when the commit is not this repository's; botocore's errors when the
    store is silent.
    """
    revision = resolve_revision(repository, commit)
    Facts.objects.bulk_create([Facts(repository=repository, commit=revision.commit)], ignore_conflicts=True)
    facts = Facts.objects.select_for_update().get(repository=repository, commit=revision.commit)
    if facts.complete and not again:
        return facts
    if again:
        Facts.objects.filter(repository=repository).exclude(pk=facts.pk).delete()
    files = [entry for entry in list_tree(revision, recursive=True) if entry.type == "file"]
    _keep(repository, facts, look_at(files))
    return facts


def look_at(files: list[Entry]) -> Findings:
    """What the files say."""
    findings = Findings({"size": sum(file.size for file in files)})
    by_path = {file.path: file for file in files}
    _look_at_configuration(findings, by_path)
    _look_at_evaluations(findings, files)
    _look_at_pictures(findings, files)
    try:
        _look_at_safetensors(findings, by_path)
    except HeaderInvalid as problem:
        findings.problems.append(f"The weights in safetensors cannot be counted: {problem}.")
    try:
        _look_at_gguf(findings, files)
    except HeaderInvalid as problem:
        findings.problems.append(f"The weights in gguf cannot be counted: {problem}.")
    _look_at_bases(findings, by_path)
    return findings


def _look_at_configuration(findings: Findings, by_path: dict[str, Entry]) -> None:
    readable = [by_path[name] for name in FILES if name in by_path and findings.readable([by_path[name]])]
    contents = {entry.path: beginning(entry, LARGEST_FILE) for entry in readable}
    documents, problems = parse({name: data for name, data in contents.items() if data is not None})
    findings.problems += problems
    findings.documents = documents
    config = config_of(documents)
    findings.values["config"] = config
    if config is not None:
        findings.values["transformers"] = transformers_info(
            architectures(documents), config.get("model_type"), config.get("auto_map")
        )
        findings.values["mask_token"] = config.get("tokenizer_config", {}).get("mask_token", "")
    findings.values["context_length"] = context_length(documents)


def _look_at_evaluations(findings: Findings, files: list[Entry]) -> None:
    results: list[dict[str, Any]] = []
    for entry in [file for file in files if is_evaluation(file.path)][:MOST_FILES]:
        if findings.readable([entry]):
            data = beginning(entry, LARGEST_EVALUATION)
            if data is None:
                results.append({"filename": entry.path, "error": "The file is too large."})
            else:
                results += results_in(entry.path, data.decode("utf-8", "replace"))
    findings.values["evaluations"] = results


def _look_at_pictures(findings: Findings, files: list[Entry]) -> None:
    sizes = {}
    for entry in [file for file in files if is_picture(file.path)][:MOST]:
        if findings.readable([entry]) and (size := dimensions(read_start(entry, READ) or b"")):
            sizes[entry.path] = size
    findings.values["pictures"] = sizes


def _look_at_safetensors(findings: Findings, by_path: dict[str, Entry]) -> None:
    """Count the weights of the single file, or of all shards of the index; HeaderInvalid."""
    parts = [by_path[SINGLE]] if SINGLE in by_path else _shards(findings, by_path)
    if not parts and INDEX not in by_path:
        only = single_safetensors(by_path.values())
        parts = [only] if only else []
    if not findings.readable(parts):
        return
    counted: dict[str, int] = {}
    for header in safetensors_headers(parts).values():
        for dtype, count in header.parameters.items():
            counted[dtype] = counted.get(dtype, 0) + count
    findings.values["safetensors"] = {"parameters": counted, "total": sum(counted.values())}


def _shards(findings: Findings, by_path: dict[str, Entry]) -> list[Entry]:
    """The shards that the index names; none unless all of them are in the repository."""
    index = by_path.get(INDEX)
    if index is None or not findings.readable([index]):
        return []
    data = beginning(index, HEADER_LIMIT)
    if data is None:
        findings.problems.append(f"{INDEX} is larger than {HEADER_LIMIT} bytes.")
        return []
    _, names = read_index(data)
    missing = [name for name in names if name not in by_path]
    if missing:
        findings.problems.append(f"{INDEX} names {ascii(missing[0][:100])}, which is not there.")
    return [] if missing else [by_path[name] for name in names]


def _look_at_gguf(findings: Findings, files: list[Entry]) -> None:
    """What the smallest model in gguf says of itself; HeaderInvalid."""
    parts = smallest_gguf(files)
    if not findings.readable(parts):
        return
    headers = [gguf_header(part) for part in parts]
    first = headers[0]
    findings.metadata[parts[0].path] = first.metadata
    said = {
        "total": sum(header.total for header in headers),
        "architecture": first.architecture,
        "context_length": first.context_length,
        "quantization": first.quantization,
        "chat_template": first.chat_template,
    }
    findings.values["gguf"] = as_json({name: value for name, value in said.items() if value is not None})
    findings.values["context_length"] = findings.values["context_length"] or first.context_length


def _look_at_bases(findings: Findings, by_path: dict[str, Entry]) -> None:
    """Which models other files than the card name as what this one was made of."""
    merges = [by_path[name] for name in MERGES if name in by_path and findings.readable([by_path[name]])]
    texts = {entry.path: beginning(entry, LARGEST_FILE) for entry in merges}
    findings.values["bases"] = named_bases(
        findings.documents,
        findings.metadata,
        {path: data.decode("utf-8", "replace") for path, data in texts.items() if data is not None},
    )


def _keep(repository: Repository, facts: Facts, findings: Findings) -> None:
    """Keep the facts, and on the repository its size and parameters if the commit is its head still."""
    for name in KEPT:
        setattr(facts, name, findings.values.get(name, Facts._meta.get_field(name).get_default()))
    weights = facts.safetensors or facts.gguf
    facts.parameters = weights["total"] if weights and 0 < weights["total"] <= MOST_PARAMETERS else None
    facts.problems, facts.complete = as_json(findings.problems), findings.complete
    facts.save()
    head = Repository.objects.filter(pk=repository.pk, head=facts.commit)
    head.update(parameters=facts.parameters, size=facts.size)
    if facts.complete:
        audit.record(
            Event.COMMIT_DESCRIBED,
            actor=None,
            subject=repository.subject,
            commit=facts.commit,
            parameters=facts.parameters,
        )


def queue_missing_facts() -> int:
    """Ask for the facts of newest commits that a while later have none or lack some; returns how many.

    Looks at the repositories that changed last and at a stretch of all, which round by round reaches each.
    """
    now = timezone.now()
    stale = now - timedelta(seconds=settings.RECHECK_AFTER)
    looked_at = set(next_stretch(Repository.objects.all(), walk="facts", size=SWEEP_STRETCH))
    for kind in Repository.Kind.values:
        recent = Repository.objects.filter(kind=kind, updated_at__gt=now - RECENT)
        looked_at.update(recent.order_by("-updated_at", "-pk").values_list("pk", flat=True)[:SWEEP_STRETCH])
    done = Facts.objects.filter(repository=OuterRef("pk"), commit=OuterRef("head"), complete=True)
    waiting = Repository.objects.filter(~Exists(done), pk__in=looked_at, updated_at__lt=stale)
    heads = list(waiting.exclude(head="").values_list("pk", "head"))
    for repository_id, commit in heads:
        enqueue(DESCRIBE, repository_id, commit)
    return len(heads)
