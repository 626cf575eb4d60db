"""What the licence check knows of a repository before it judges: read from its files, and from its ancestors.

Everything here is plain data, so that the rules (`hub.licensing.rules`) and the terms that come of them
(`hub.licensing.terms`) are pure functions of it.
"""

from dataclasses import dataclass, field
from enum import StrEnum

# The licence of whatever is missing, cannot be seen, or states none: it never counts as "no restriction".
UNKNOWN = "unknown"


class Scope(StrEnum):
    """What a licence file is about; ALL where neither its name nor its folder says, PART in a folder of
    something else or where its name says that it is of others.
    """

    ALL = ""
    WEIGHTS = "weights"
    CODE = "code"
    DATA = "data"
    DOCS = "docs"
    PART = "part"


class Role(StrEnum):
    """What a file is: a licence, rules of use that a licence refers to, or notices to keep."""

    LICENCE = "licence"
    POLICY = "policy"
    NOTICE = "notice"


class How(StrEnum):
    """By what a licence was recognised, the surest first."""

    EXACT = "exact"
    CONTAINED = "contained"
    MODIFIED = "modified"
    TAG = "tag"
    NOTICE = "notice"
    TITLE = "title"


@dataclass(frozen=True)
class Detected:
    """A licence found in a file; `similarity` is Dice's coefficient of word trigrams in percent."""

    key: str
    how: How
    similarity: float = 100.0

    @property
    def unsure(self) -> bool:
        """Whether the file may hold other terms than this licence's."""
        return self.how in (How.MODIFIED, How.TITLE)


@dataclass(frozen=True)
class LicenceFile:
    """A file that holds a licence's text, a policy, or notices; `found` is empty where nothing is known.

    `oid` is git's id of its bytes.
    """

    path: str
    role: Role = Role.LICENCE
    scope: Scope = Scope.ALL
    found: tuple[Detected, ...] = ()
    oid: str = ""

    @property
    def identity(self) -> str:
        """The file with this text: what is said of another text at the same path is another matter."""
        return f"{self.path}@{self.oid}" if self.oid else self.path


@dataclass(frozen=True)
class Statement:
    """What the card says of the licence.

    `alternatives` are the ways to read it, of which anybody may choose one: "MIT OR (A AND B)" is
    ({mit}, {a, b}). `unknown` are words that no licence is known by; `family` names several licences.
    """

    written: str = ""
    alternatives: tuple[frozenset[str], ...] = ()
    unknown: tuple[str, ...] = ()
    family: str = ""
    name: str = ""
    link: str = ""
    # Lines of README.md, from 1, by the front matter's field; 0 is nowhere.
    lines: dict[str, int] = field(default_factory=dict, compare=False)


def identity_of(repository: int, name: str) -> str:
    """Another repository by what stays the same of it: its id where it is seen here, else its name."""
    return f"#{repository}" if repository else name.lower().replace("#", "##")


@dataclass(frozen=True)
class Base:
    """A model that this one was made of. `keys` is its own licence, {UNKNOWN} where nobody can know.

    `field` of `path` names it; `seen` is whether it is here for whoever sees the derivative. `was` is its
    licence when this model was made of it, None where that is not known. What is not `followed` is only a
    hint, and nothing comes down from it. `repository` is the id of what is seen, here and below.
    """

    name: str
    relation: str = ""
    path: str = "README.md"
    field: str = "base_model"
    line: int = 0
    seen: bool = True
    keys: frozenset[str] = frozenset()
    gated: bool = False
    was: frozenset[str] | None = None
    followed: bool = True
    repository: int = 0

    @property
    def identity(self) -> str:
        """What stays the same of it."""
        return identity_of(self.repository, self.name)

    @property
    def declared(self) -> bool:
        """Whether the card names it, and not only another file."""
        return self.path == "README.md"


@dataclass(frozen=True)
class Inherited:
    """A licence that comes down from an ancestor, `depth` steps up (1 is a base)."""

    key: str
    name: str
    depth: int
    repository: int = 0

    @property
    def identity(self) -> str:
        """What stays the same of the ancestor."""
        return identity_of(self.repository, self.name)


@dataclass(frozen=True)
class Dataset:
    """What a model says that it was trained on."""

    name: str
    keys: frozenset[str] = frozenset()
    seen: bool = True
    repository: int = 0

    @property
    def identity(self) -> str:
        """What stays the same of it."""
        return identity_of(self.repository, self.name)


@dataclass(frozen=True)
class Facts:
    """All that the rules look at; `phrases` are sentences of duties that its card or notices hold."""

    name: str
    kind: str = "model"
    gated: bool = False
    has_card: bool = True
    problem: str = ""
    statement: Statement = Statement()
    files: tuple[LicenceFile, ...] = ()
    phrases: frozenset[str] = frozenset()
    bases: tuple[Base, ...] = ()
    inherited: tuple[Inherited, ...] = ()
    datasets: tuple[Dataset, ...] = ()
    trained_on_outputs: bool = False
