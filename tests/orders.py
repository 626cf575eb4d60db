"""A process that runs management commands of one hub one after the other: Django is set up once for all.

Each line of standard input is a command in JSON, and each line of standard output what came of it.
"""

import io
import json
import sys
from contextlib import redirect_stderr
from unittest import mock

import django
from django.core.management import CommandError, call_command
from django.db import close_old_connections


def run(arguments: list[str], stdin: str) -> dict[str, object]:
    """Whether the command ended well, and what it said."""
    out, err = io.StringIO(), io.StringIO()
    try:
        with mock.patch("sys.stdin", io.StringIO(stdin)), redirect_stderr(err):
            call_command(*arguments, stdout=out, stderr=err)
    except CommandError as problem:
        return {"well": False, "out": out.getvalue(), "err": f"{err.getvalue()}{problem}"}
    finally:
        close_old_connections()
    return {"well": True, "out": out.getvalue(), "err": err.getvalue()}


def main() -> None:
    """Follow orders until there are none any more."""
    django.setup()
    for line in sys.stdin:
        sys.__stdout__.write(json.dumps(run(**json.loads(line))) + "\n")
        sys.__stdout__.flush()


if __name__ == "__main__":
    main()
