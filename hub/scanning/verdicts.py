"""The vocabulary of a scan and which word wins."""

from collections.abc import Iterable, Mapping

from django.db import models


class Verdict(models.TextChoices):
    """What a scanner says of one file; UNSCANNED means it looked and does not know the format."""

    UNSCANNED = "", "not scanned"
    SAFE = "safe", "safe"
    SUSPICIOUS = "suspicious", "suspicious"
    DANGEROUS = "dangerous", "dangerous"
    ERROR = "error", "could not be scanned"


# The scanner that knows the formats: what it has not seen or does not know is never safe.
JUDGE = "artifact"
_FROM_BEST_TO_WORST = (Verdict.SAFE, Verdict.UNSCANNED, Verdict.ERROR, Verdict.SUSPICIOUS, Verdict.DANGEROUS)


def worst(verdicts: Iterable[str]) -> Verdict:
    """The verdict that wins; SAFE when there is none. A finding outranks a failure: it says more."""
    return max((Verdict(v) for v in verdicts), key=_FROM_BEST_TO_WORST.index, default=Verdict.SAFE)


def overall(said: Mapping[str, str]) -> Verdict:
    """The verdict on one file, of what each scanner by its id said: others can only worsen the judge's."""
    return worst([said.get(JUDGE, Verdict.UNSCANNED), *filter(None, said.values())])
