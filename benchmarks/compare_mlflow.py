"""MLflow's own client for compare.py, in the environment that has it: does what each line of its input says.

A line is a JSON list: the name of a function below and its arguments. The answer is a line of JSON.
"""

import json
import os
import sys
from pathlib import Path

from mlflow import MlflowClient


def begin(client: MlflowClient, location: str | None) -> str:
    """Make a run whose artifacts go through the server, or straight to a location; returns its id."""
    name = location or "through the server"
    found = client.get_experiment_by_name(name)
    experiment = found.experiment_id if found else client.create_experiment(name, artifact_location=location)
    return client.create_run(experiment).info.run_id


def upload(client: MlflowClient, run: str, path: str) -> None:
    """Log a file, or everything in a folder."""
    (client.log_artifacts if Path(path).is_dir() else client.log_artifact)(run, path)


def download(client: MlflowClient, run: str, path: str, to: str) -> None:
    """Fetch one artifact, or all of them when the path is empty."""
    client.download_artifacts(run, path, to)


def search(client: MlflowClient, text: str | None, order: str | None, rows: int) -> int:
    """Ask for a page of registered models; returns how many came."""
    pattern = f"name ILIKE '%{text}%'" if text else None
    found = client.search_registered_models(pattern, max_results=rows, order_by=[order] if order else None)
    return len(found)


WORK = {work.__name__: work for work in (begin, upload, download, search)}


def main() -> None:
    """Answer until the input ends."""
    # Answers get a descriptor of their own; whatever MLflow prints goes to the log.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    client = MlflowClient(os.environ["MLFLOW_TRACKING_URI"])
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(WORK[name](client, *arguments)), file=answers, flush=True)


if __name__ == "__main__":
    main()
