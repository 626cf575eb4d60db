"""What can go wrong below the catalogue."""


class StorageError(Exception):
    """Something about stored content; the first argument is the sentence a caller is told."""


class PathInvalid(StorageError):
    """A path inside a repository that git or a client's file system could not hold."""


class PathMissing(StorageError):
    """The tree has no entry at the path that was to be removed."""


class PathConflict(StorageError):
    """A path is a file in one place and a folder in another."""


class UploadMismatch(StorageError):
    """The uploaded bytes do not have the size or sha256 that was declared for them."""


class UploadIncomplete(StorageError):
    """The bytes are not there yet, or parts of them are missing."""


class UploadUnknown(StorageError):
    """There is no such upload, or it has ended."""


class UploadUnverified(StorageError):
    """The bytes are there, and whether they are what they should be is still being found out."""
