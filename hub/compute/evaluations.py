"""Results in `.eval_results/*.yaml`, checked as huggingface_hub 2.4.0 reads them (pure)."""

from typing import Any

from hub.repos.cards import YamlUnreadable, load_yaml

FOLDER, ENDINGS = ".eval_results/", (".yaml", ".yml")
MOST_FILES, MOST_RESULTS, LARGEST_FILE = 50, 200, 100 * 1024
LONGEST = 1000
OPTIONAL = ("date", "notes", "verifyToken")


def is_evaluation(path: str) -> bool:
    """Whether results are kept at that path."""
    return path.startswith(FOLDER) and path.endswith(ENDINGS) and "/" not in path.removeprefix(FOLDER)


def results_in(path: str, text: str) -> list[dict[str, Any]]:
    """Each result as {filename, data}, and what is wrong with the file or a result as {filename, error}."""
    try:
        found = load_yaml(text)
    except YamlUnreadable as problem:
        return [{"filename": path, "error": str(problem)}]
    if not isinstance(found, list):
        return [{"filename": path, "error": "The file is no list of results."}]
    return [_result(path, item) for item in found[:MOST_RESULTS]]


def _result(path: str, item: Any) -> dict[str, Any]:
    problem = _problem(item)
    return {"filename": path, "error": problem} if problem else {"filename": path, "data": item}


def _problem(item: Any) -> str | None:
    """What the client would stumble over."""
    if not isinstance(item, dict) or "value" not in item or not isinstance(item.get("dataset"), dict):
        return "A result needs a dataset and a value."
    dataset, source = item["dataset"], item.get("source")
    if not all(_short(dataset.get(key)) for key in ("id", "task_id")):
        return "The dataset of a result needs an id and a task_id."
    if not isinstance(item["value"], int | float | str) or not _short(str(item["value"])):
        return "The value of a result is a number or a text."
    if source is not None and not (isinstance(source, dict) and _short(source.get("url"))):
        return "The source of a result needs a url."
    if not all(_short(item[key]) for key in OPTIONAL if item.get(key) is not None):
        return f"{', '.join(OPTIONAL)} of a result are texts of up to {LONGEST} characters."
    return None


def _short(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST
