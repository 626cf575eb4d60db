"""What is known of licences as JSON, in names of the hub's own: no client of this dialect asks for it."""

from typing import Any

from hub.licensing.facts import Facts
from hub.licensing.reports import Answered, Report
from hub.licensing.rules import RULES_VERSION
from hub.licensing.terms import Row, Said, Terms
from hub.licensing.words import answer_words, said_words, told
from hub.revisions.selectors import Revision


def address(revision: Revision, state: str) -> dict[str, Any]:
    """Of which commit it is told, by which rules, and how far the hub is: queued, withheld or done."""
    repository = revision.repository
    return {
        "id": repository.full_name,
        "type": repository.kind,
        "revision": revision.commit,
        "state": state,
        "rules": RULES_VERSION,
    }


def report(revision: Revision, found: Report) -> dict[str, Any]:
    """Everything about a commit."""
    return {
        **address(revision, "done"),
        "verdict": found.verdict,
        **_facts(found.facts),
        **_terms(found.terms),
        "findings": [_finding(each) for each in found.findings],
    }


def _facts(facts: Facts) -> dict[str, Any]:
    said = facts.statement
    return {
        "declared": {
            "written": said.written,
            "alternatives": [sorted(keys) for keys in said.alternatives],
            "unknown": list(said.unknown),
            "family": said.family,
            "name": said.name,
            "link": said.link,
        },
        "files": [
            {
                "path": file.path,
                "role": file.role,
                "scope": file.scope,
                "found": [
                    {"key": each.key, "how": each.how, "similarity": each.similarity} for each in file.found
                ],
            }
            for file in facts.files
        ],
        "bases": [
            {
                "name": base.name,
                "relation": base.relation,
                "path": base.path,
                "field": base.field,
                "line": base.line,
                "seen": base.seen,
                "keys": sorted(base.keys),
            }
            for base in facts.bases
        ],
        "datasets": [
            {"name": each.name, "seen": each.seen, "keys": sorted(each.keys)} for each in facts.datasets
        ],
        "inherited": [
            {"key": each.key, "ancestor": each.name, "depth": each.depth} for each in facts.inherited
        ],
    }


def _terms(terms: Terms) -> dict[str, Any]:
    return {
        "terms": {row.question: _row(row) for row in terms.rows},
        "duties": [{**_said(each), "clause": each.clause} for each in terms.duties],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "answer": row.answer,
        "message": answer_words(row.question, row.answer),
        "conditions": [{**_said(each), "limit": each.limit} for each in row.conditions],
        "sources": [
            {"key": each.key, "ancestor": each.name, "depth": each.depth, "answer": each.answer}
            for each in row.sources
        ],
    }


def _said(said: Said) -> dict[str, Any]:
    return {
        "kind": said.kind,
        "text": said.text,
        "message": said_words(said),
        "key": said.key,
        "ancestor": said.name,
        "depth": said.depth,
    }


def _finding(answered: Answered) -> dict[str, Any]:
    finding, kept = answered.finding, answered.kept
    words, said = told(finding), finding.as_json()
    shape = {
        "id": finding.rule,
        "key": finding.key,
        "severity": finding.severity,
        "title": words.title,
        "message": words.message,
        "mend": words.mend,
        "evidence": said["evidence"],
        "patch": said["patch"],
    }
    if kept is not None:
        shape |= {"state": kept.state, "reason": kept.reason, "first_seen": kept.first_seen.isoformat()}
    return shape
