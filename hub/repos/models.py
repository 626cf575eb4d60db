"""The catalogue's one noun: a repository of a model or a dataset."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Upper

from accounts.models import Namespace

PUBLIC = models.Q(visibility="public", taken_down_at=None)


def searched(*texts: str) -> models.GeneratedField:
    """The words of some columns as they stand, in the form that a tsquery is put to."""
    return models.GeneratedField(
        expression=models.Func(
            *texts,
            template="array_to_tsvector(array_remove(string_to_array(%(expressions)s, ' '), ''))",
            arg_joiner=" || ' ' || ",
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )


def order(column: str) -> models.Index:
    """What a list in that order is read from: only what everybody may see, largest first."""
    fields = ["kind", f"-{column}", "-id"]
    return models.Index(fields=fields, name=f"repository_{column.removesuffix('_at')}", condition=PUBLIC)


class Repository(models.Model):
    """A named, versioned collection of files, with what its card says at the head of the default branch."""

    class Kind(models.TextChoices):
        MODEL = "model"
        DATASET = "dataset"

    class Visibility(models.TextChoices):
        PUBLIC = "public"
        PRIVATE = "private"

    class Gate(models.TextChoices):
        """Who gets the files of a public repository: anybody, whoever asks, or whom its people let in."""

        OPEN = ""
        AUTO = "auto"
        MANUAL = "manual"

    namespace = models.ForeignKey(Namespace, models.PROTECT, related_name="repositories")
    name = models.CharField(max_length=96)
    kind = models.CharField(max_length=10, choices=Kind)
    visibility = models.CharField(max_length=10, choices=Visibility, default=Visibility.PUBLIC)
    gated = models.CharField(max_length=10, choices=Gate, default=Gate.OPEN, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now_add=True)
    # Withheld for whatever reason; alone, when for itself and not only with its namespace.
    taken_down_at = models.DateTimeField(null=True)
    taken_down_alone = models.BooleanField(default=False, db_default=False)
    # Until when its writers may change it although it is withheld for itself; null when they may not.
    changes_asked_until = models.DateTimeField(null=True)

    head = models.CharField(max_length=40, blank=True)
    card = models.JSONField(default=dict)
    description = models.TextField(blank=True)
    licence = models.CharField(max_length=100, blank=True)
    pipeline_tag = models.CharField(max_length=100, blank=True)
    library = models.CharField(max_length=100, blank=True)
    tags = ArrayField(models.CharField(max_length=200), default=list)
    # Pulls in the last 30 days, and ever (hub.downloads).
    downloads = models.BigIntegerField(default=0)
    downloads_all_time = models.BigIntegerField(default=0, db_default=0)
    likes = models.IntegerField(default=0)
    # The pulls of the last seven days, as of the last refresh (hub.downloads).
    trending = models.BigIntegerField(default=0, db_default=0)
    # Weights in all dtypes together at the head; null while, or because, nothing could be counted.
    parameters = models.BigIntegerField(null=True)
    # Bytes of all files at the head; null until somebody has looked.
    size = models.BigIntegerField(null=True)

    # What hub.licensing found of the head: whether it may be used commercially ("" while nobody has looked),
    # whether a licence's text is among the files, and that no conflict is open.
    commercial_use = models.CharField(max_length=12, blank=True, default="", db_default="")
    licence_text = models.BooleanField(default=False, db_default=False)
    licence_clear = models.BooleanField(default=False, db_default=False)

    # Words with single spaces between them (hub.repos.words), and what each step of a search looks into.
    name_words = models.CharField(max_length=400, blank=True)
    tag_words = models.TextField(blank=True, db_default="")
    card_words = models.TextField(blank=True)
    name_search = searched("name_words")
    label_search = searched("name_words", "tag_words")
    search = searched("name_words", "tag_words", "card_words")

    class Meta:
        constraints = [
            models.UniqueConstraint("namespace", "kind", Upper("name"), name="repository_address"),
        ]
        indexes = [
            *(
                GinIndex(fields=[column], name=f"repository_{column}")
                for column in ("search", "label_search", "name_search", "tags")
            ),
            *map(order, ("updated_at", "created_at", "downloads", "likes", "trending")),
            # Of whatever visibility, for sweeps.
            models.Index(fields=["kind", "-updated_at", "-id"], name="repository_changed"),
            models.Index(
                fields=["kind", "parameters", "-id"],
                name="repository_parameters",
                condition=models.Q(parameters__isnull=False),
            ),
            models.Index(
                fields=["kind", "size", "-id"],
                name="repository_size",
                condition=models.Q(size__isnull=False),
            ),
            models.Index(fields=["kind", "gated"], name="repository_gated", condition=~models.Q(gated="")),
            models.Index(
                fields=["kind", "commercial_use"],
                name="repository_commercial",
                condition=~models.Q(commercial_use=""),
            ),
            models.Index(fields=["kind"], name="repository_text", condition=models.Q(licence_text=True)),
            models.Index(fields=["kind"], name="repository_clear", condition=models.Q(licence_clear=True)),
            models.Index(fields=["namespace", "kind"], name="repository_hidden", condition=~PUBLIC),
            # A name, and what begins like it, by LIKE.
            models.Index(
                "kind", OpClass(Upper("name"), "text_pattern_ops"), name="repository_name", condition=PUBLIC
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        """`namespace/name`, as people and clients write it."""
        return f"{self.namespace.name}/{self.name}"

    @property
    def url_path(self) -> str:
        """The address of its page, without the host."""
        return f"/{'' if self.kind == self.Kind.MODEL else self.kind + 's/'}{self.full_name}"

    @property
    def subject(self) -> str:
        """How the audit log names it."""
        return f"repository:{self.pk}"

    @property
    def private(self) -> bool:
        """Whether only members may see it."""
        return self.visibility == self.Visibility.PRIVATE


class FormerAddress(models.Model):
    """Where a repository was before it moved: the old address leads on until somebody takes it."""

    namespace = models.CharField(max_length=96)
    name = models.CharField(max_length=96)
    kind = models.CharField(max_length=10, choices=Repository.Kind)
    repository = models.ForeignKey(Repository, models.CASCADE, related_name="former_addresses")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("kind", Upper("namespace"), Upper("name"), name="former_address_once"),
        ]

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class ScanPolicy(models.Model):
    """What a hub, or one organisation, has done with files of a state of their scans; "" says nothing.

    Without an organisation it is the hub's own; without a kind it is about every kind. What the rows mean
    together is said in `hub.repos.serving`.
    """

    class Answer(models.TextChoices):
        """From the mildest to the strictest."""

        SERVE = "serve"
        WARN = "warn"
        REFUSE = "refuse"

    organisation = models.ForeignKey(Namespace, models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=10, choices=Repository.Kind, blank=True, default="")
    dangerous = models.CharField(max_length=6, choices=Answer, blank=True, default="")
    suspicious = models.CharField(max_length=6, choices=Answer, blank=True, default="")
    error = models.CharField(max_length=6, choices=Answer, blank=True, default="")
    queued = models.CharField(max_length=6, choices=Answer, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind"], name="scan_policy_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id or 'the hub'} {self.kind or 'every kind'}"


class TagCount(models.Model):
    """How many public repositories have a tag, as last counted; of each type only the most frequent."""

    kind = models.CharField(max_length=10, choices=Repository.Kind)
    type = models.CharField(max_length=30)
    tag = models.CharField(max_length=200)
    repositories = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "type", "tag"], name="tag_count_once")]

    def __str__(self) -> str:
        return f"{self.tag}: {self.repositories}"
