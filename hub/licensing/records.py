"""What was read of a commit, as JSON and back."""

from typing import Any

from hub.licensing.facts import Base, Detected, How, LicenceFile, Role, Scope, Statement
from hub.licensing.reading import Read


def as_json(read: Read) -> dict[str, Any]:
    """The JSON that `LicenceCheck.read` keeps."""
    said = read.statement
    return {
        "statement": {
            "written": said.written,
            "alternatives": [sorted(keys) for keys in said.alternatives],
            "unknown": list(said.unknown),
            "family": said.family,
            "name": said.name,
            "link": said.link,
            "lines": said.lines,
        },
        "files": [
            {
                "path": file.path,
                "role": str(file.role),
                "scope": str(file.scope),
                "found": [[each.key, str(each.how), each.similarity] for each in file.found],
                "oid": file.oid,
            }
            for file in read.files
        ],
        "phrases": sorted(read.phrases),
        "has_card": read.has_card,
        "problem": read.problem,
        "bases": [[base.name, base.relation, base.line] for base in read.bases],
        "datasets": list(read.datasets),
        "trained_on_outputs": read.trained_on_outputs,
    }


def from_json(kept: dict[str, Any]) -> Read:
    """The same, read back."""
    said = kept["statement"]
    return Read(
        statement=Statement(
            said["written"],
            tuple(frozenset(keys) for keys in said["alternatives"]),
            tuple(said["unknown"]),
            said["family"],
            said["name"],
            said["link"],
            said["lines"],
        ),
        files=tuple(
            LicenceFile(
                file["path"],
                Role(file["role"]),
                Scope(file["scope"]),
                tuple(Detected(key, How(how), similarity) for key, how, similarity in file["found"]),
                file["oid"],
            )
            for file in kept["files"]
        ),
        phrases=frozenset(kept["phrases"]),
        has_card=kept["has_card"],
        problem=kept["problem"],
        bases=tuple(Base(name, relation, line=line) for name, relation, line in kept["bases"]),
        datasets=tuple(kept["datasets"]),
        trained_on_outputs=kept["trained_on_outputs"],
    )
