import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Commit",
            fields=[
                ("oid", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("tree", models.CharField(max_length=40)),
                (
                    "parents",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                ("committed_at", models.DateTimeField()),
                ("data", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Tree",
            fields=[
                ("oid", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("data", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Blob",
            fields=[
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("data", models.BinaryField(null=True)),
                ("key", models.CharField(blank=True, max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[("verified", "Verified"), ("quarantined", "Quarantined")],
                        default="verified",
                        max_length=12,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["created_at"], name="blob_created"),
                    models.Index(
                        condition=models.Q(("state", "quarantined")),
                        fields=["sha256"],
                        name="blob_quarantined",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GitBlob",
            fields=[
                ("oid", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("pointer", models.BooleanField()),
                (
                    "blob",
                    models.ForeignKey(
                        db_column="sha256",
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="storage.blob",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("scope", models.CharField(max_length=64)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                ("key", models.CharField(max_length=200)),
                ("multipart_id", models.CharField(blank=True, max_length=300)),
                ("part_size", models.BigIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("received", "Received"),
                            ("verified", "Verified"),
                            ("refused", "Refused"),
                        ],
                        default="open",
                        max_length=12,
                    ),
                ),
                ("error", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("queued_at", models.DateTimeField(null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["scope", "sha256"], name="upload_scope_sha256"),
                    models.Index(
                        condition=models.Q(("state", "received")), fields=["queued_at"], name="upload_waiting"
                    ),
                ],
            },
        ),
    ]
