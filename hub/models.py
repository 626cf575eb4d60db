"""Table of contents: every model of the hub's rooms, in one series of migrations."""

from hub.collections.models import Collection, CollectionItem
from hub.compute.models import Facts
from hub.downloads.models import DownloadDay
from hub.follows.models import Follow
from hub.licensing.models import (
    LicenceCheck,
    LicenceEdge,
    LicenceFinding,
    LicenceStanding,
    RegisteredLicence,
)
from hub.likes.models import Like
from hub.repos.gates import AccessRequest
from hub.repos.models import FormerAddress, Repository, ScanPolicy, TagCount
from hub.revisions.models import (
    Ref,
    RefRule,
    Release,
    RepositoryBlob,
    RepositoryCommit,
    WithheldFile,
    WithheldRevision,
)
from hub.scanning.models import Scan
from hub.webhooks.models import Delivery, Watch, Webhook

__all__ = [
    "AccessRequest",
    "Collection",
    "CollectionItem",
    "Delivery",
    "DownloadDay",
    "Facts",
    "Follow",
    "FormerAddress",
    "LicenceCheck",
    "LicenceEdge",
    "LicenceFinding",
    "LicenceStanding",
    "Like",
    "Ref",
    "RefRule",
    "RegisteredLicence",
    "Release",
    "Repository",
    "RepositoryBlob",
    "RepositoryCommit",
    "Scan",
    "ScanPolicy",
    "TagCount",
    "Watch",
    "Webhook",
    "WithheldFile",
    "WithheldRevision",
]
