"""What can go wrong, as small named classes; the doors translate them into status, code and words."""


class HubError(Exception):
    """Something a caller can be told about; the first argument is the sentence they are told."""


class RepoNotFound(HubError):
    """The repository is missing, or the caller may not know that it exists."""


class RepositoryMoved(RepoNotFound):
    """The repository has another address now, `full_name`; told only to those who may see it."""

    def __init__(self, message: str, full_name: str) -> None:
        super().__init__(message)
        self.full_name = full_name


class GatedRepo(HubError):
    """The caller may see the repository, whose files its people give to some only; `url_path` is its page.

    `asked` says that the caller asked to be let in.
    """

    def __init__(self, message: str, url_path: str, *, asked: bool) -> None:
        super().__init__(message)
        self.url_path = url_path
        self.asked = asked


class NamespaceNotFound(HubError):
    """There is no user or organisation of that name, or its user is suspended."""


class CollectionNotFound(HubError):
    """The collection or its item is missing, or the caller may not know that it exists."""


class CollectionExists(HubError):
    """The namespace has a collection of that title, or the collection has the item; `slug` leads to it."""

    def __init__(self, message: str, slug: str) -> None:
        super().__init__(message)
        self.slug = slug


class RevisionNotFound(HubError):
    """The repository has no such branch, tag or commit."""


class EntryNotFound(HubError):
    """The revision has no file or folder at that path; `commit` is the revision's commit."""

    def __init__(self, message: str, commit: str = "") -> None:
        super().__init__(message)
        self.commit = commit


class AuthenticationRequired(HubError):
    """The action needs somebody who has said who they are."""


class Forbidden(HubError):
    """The caller is known and may see the repository, but may not do this."""


class RepoWithheld(Forbidden):
    """A moderator's decision withholds the repository; told to those who may see it all the same."""


class RepositoryExists(HubError):
    """The namespace already has a repository of that name and kind: `full_name`, whose page is `url_path`."""

    def __init__(self, message: str, *, full_name: str, url_path: str) -> None:
        super().__init__(message)
        self.full_name = full_name
        self.url_path = url_path


class StaleRef(HubError):
    """The ref moved since the caller read it, so nothing was written."""


class FileChanged(StaleRef):
    """The file at `path` is not what the caller saw any more, so nothing was written."""

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message)
        self.path = path


class StorageFull(Forbidden):
    """Who these bytes would count for keeps as many as they may, so that they do not fit."""


class RefProtected(Forbidden):
    """A rule protects the branch or tag, so it is not moved or removed directly."""


class RefExists(HubError):
    """The repository has that `ref` already, or another one, `there`, that leaves no room for it."""

    def __init__(self, message: str, ref: str, there: str) -> None:
        super().__init__(message)
        self.ref = ref
        self.there = there


class RefReleased(HubError):
    """The tag has a release, which has to be deleted before it."""


class ReleaseExists(HubError):
    """The tag has a release already."""


class ReleaseNotFound(HubError):
    """The repository has no release of that tag."""


class InvalidInput(HubError):
    """A field of the request is wrong; `field` names it."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class PathLeaves(InvalidInput):
    """A path in a commit climbs out of the repository where a backslash separates folders."""


class TooMuch(InvalidInput):
    """The request is larger, or asks for more, than the hub takes at once."""


class BlobWithheld(HubError):
    """The bytes are not given to the caller for what a scan found (`scan_status`); `url_path` is the page."""

    def __init__(self, message: str, *, url_path: str, scan_status: str) -> None:
        super().__init__(message)
        self.url_path = url_path
        self.scan_status = scan_status


class RevisionWithheld(BlobWithheld):
    """A moderator's decision withholds the files of the revision that was asked for."""


class BlobQuarantined(BlobWithheld):
    """The bytes are withheld because a check or a moderator found them dangerous."""


class BlobBeingChecked(HubError):
    """The bytes were uploaded, but their hash has not been verified yet; try again shortly."""


class BlobBeingScanned(BlobBeingChecked):
    """The bytes are not given out before they are scanned; `scan_status` says that they are not."""

    def __init__(self, message: str, *, scan_status: str) -> None:
        super().__init__(message)
        self.scan_status = scan_status


class BlobRefused(HubError):
    """The uploaded bytes did not match the hash or size that was declared for them."""


class BlobMissing(HubError):
    """An object was named whose bytes were never uploaded to this repository."""


class RangeOutside(HubError):
    """A range was asked for that begins after the end of the file, which has `size` bytes."""

    def __init__(self, message: str, size: int) -> None:
        super().__init__(message)
        self.size = size


class NotYetVerified(HubError):
    """What the request builds on is still being verified; the same request may be sent again shortly."""


class StoreAway(HubError):
    """The store of large files cannot be reached; what was asked for may go well in a moment."""


class ContentDamaged(HubError):
    """The store gives other bytes than were verified, which only its operator can mend."""


class StreamsBusy(HubError):
    """As many files as one process puts together at once are on their way; try again shortly."""
