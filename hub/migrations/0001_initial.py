import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("storage", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Repository",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=96)),
                (
                    "kind",
                    models.CharField(choices=[("model", "Model"), ("dataset", "Dataset")], max_length=10),
                ),
                (
                    "visibility",
                    models.CharField(
                        choices=[("public", "Public"), ("private", "Private")],
                        default="public",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now_add=True)),
                ("taken_down_at", models.DateTimeField(null=True)),
                ("head", models.CharField(blank=True, max_length=40)),
                ("card", models.JSONField(default=dict)),
                ("description", models.TextField(blank=True)),
                ("licence", models.CharField(blank=True, max_length=100)),
                ("pipeline_tag", models.CharField(blank=True, max_length=100)),
                ("library", models.CharField(blank=True, max_length=100)),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), default=list, size=None
                    ),
                ),
                ("downloads", models.BigIntegerField(default=0)),
                ("likes", models.IntegerField(default=0)),
                ("name_words", models.CharField(blank=True, max_length=400)),
                ("card_words", models.TextField(blank=True)),
                (
                    "search",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.contrib.postgres.search.CombinedSearchVector(
                            django.contrib.postgres.search.SearchVector(
                                "name_words", config="simple", weight="A"
                            ),
                            "||",
                            django.contrib.postgres.search.SearchVector(
                                "card_words", config="simple", weight="C"
                            ),
                            django.contrib.postgres.search.SearchConfig("simple"),
                        ),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "namespace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="repositories",
                        to="accounts.namespace",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Ref",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=300)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "commit",
                    models.ForeignKey(
                        db_column="commit",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="storage.commit",
                    ),
                ),
                (
                    "repository",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="refs", to="hub.repository"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LicenceCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("commit", models.CharField(max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[("queued", "Queued"), ("done", "Done")], default="queued", max_length=10
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("known", "known"),
                            ("unknown", "unknown"),
                            ("missing", "missing"),
                            ("invalid", "incomplete"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                ("declared", models.CharField(blank=True, default="", max_length=200)),
                ("findings", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "repository",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="hub.repository"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RepositoryBlob",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("checking", "Checking"), ("present", "Present"), ("refused", "Refused")],
                        default="present",
                        max_length=10,
                    ),
                ),
                ("path", models.CharField(blank=True, max_length=1024)),
                ("commit", models.CharField(blank=True, max_length=40)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "repository",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="hub.repository"
                    ),
                ),
                (
                    "upload",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="storage.upload",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RepositoryCommit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "commit",
                    models.ForeignKey(
                        db_column="commit",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="storage.commit",
                    ),
                ),
                (
                    "repository",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="hub.repository"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Scan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("scanner", models.CharField(max_length=40)),
                ("version", models.CharField(max_length=20)),
                (
                    "state",
                    models.CharField(
                        choices=[("queued", "Queued"), ("running", "Running"), ("done", "Done")],
                        default="queued",
                        max_length=10,
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "not scanned"),
                            ("safe", "safe"),
                            ("suspicious", "suspicious"),
                            ("dangerous", "dangerous"),
                            ("error", "could not be scanned"),
                        ],
                        default="",
                        max_length=12,
                    ),
                ),
                ("findings", models.JSONField(default=list)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("queued_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "blob",
                    models.ForeignKey(
                        db_column="sha256",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="storage.blob",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="repository",
            index=django.contrib.postgres.indexes.GinIndex(fields=["search"], name="repository_search"),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=django.contrib.postgres.indexes.GinIndex(fields=["tags"], name="repository_tags"),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=models.Index(fields=["kind", "-updated_at", "-id"], name="repository_updated"),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=models.Index(fields=["kind", "-created_at", "-id"], name="repository_created"),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=models.Index(fields=["kind", "-downloads", "-id"], name="repository_downloads"),
        ),
        migrations.AddConstraint(
            model_name="repository",
            constraint=models.UniqueConstraint(
                models.F("namespace"),
                models.F("kind"),
                django.db.models.functions.text.Upper("name"),
                name="repository_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="ref",
            constraint=models.UniqueConstraint(fields=("repository", "name"), name="ref_once"),
        ),
        migrations.AddIndex(
            model_name="licencecheck",
            index=models.Index(
                condition=models.Q(("state", "done"), _negated=True),
                fields=["created_at"],
                name="licence_check_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="licencecheck",
            constraint=models.UniqueConstraint(
                fields=("repository", "commit"), name="licence_check_once_a_commit"
            ),
        ),
        migrations.AddIndex(
            model_name="repositoryblob",
            index=models.Index(fields=["sha256"], name="repository_blob_sha256"),
        ),
        migrations.AddIndex(
            model_name="repositoryblob",
            index=models.Index(fields=["repository", "commit"], name="repository_blob_commit"),
        ),
        migrations.AddConstraint(
            model_name="repositoryblob",
            constraint=models.UniqueConstraint(fields=("repository", "sha256"), name="repository_blob_once"),
        ),
        migrations.AddConstraint(
            model_name="repositorycommit",
            constraint=models.UniqueConstraint(
                fields=("repository", "commit"), name="repository_commit_once"
            ),
        ),
        migrations.AddIndex(
            model_name="scan",
            index=models.Index(
                condition=models.Q(("state", "done"), _negated=True),
                fields=["queued_at"],
                name="scan_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="scan",
            constraint=models.UniqueConstraint(
                fields=("blob", "scanner", "version"), name="scan_once_a_version"
            ),
        ),
    ]
