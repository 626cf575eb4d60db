"""Table of contents: every model of the hub's rooms, in one series of migrations."""

from hub.compute.models import Facts
from hub.downloads.models import DownloadDay
from hub.licensing.models import LicenceCheck
from hub.repos.models import FormerAddress, Repository
from hub.revisions.models import Ref, RepositoryBlob, RepositoryCommit
from hub.scanning.models import Scan

__all__ = [
    "DownloadDay",
    "Facts",
    "FormerAddress",
    "LicenceCheck",
    "Ref",
    "Repository",
    "RepositoryBlob",
    "RepositoryCommit",
    "Scan",
]
