import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("hub", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Case",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "subject_kind",
                    models.CharField(choices=[("blob", "File"), ("repository", "Repository")], max_length=10),
                ),
                ("sha256", models.CharField(blank=True, max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("closed", "Closed")], default="open", max_length=6
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[("scan", "A scanner's finding"), ("report", "A report")], max_length=6
                    ),
                ),
                ("title", models.CharField(max_length=300)),
                ("findings", models.JSONField(default=list)),
                (
                    "severity",
                    models.PositiveSmallIntegerField(choices=[(1, "low"), (2, "medium"), (3, "high")]),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True, choices=[("keep", "Keep withheld"), ("release", "Release")], max_length=7
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "repository",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="cases",
                        to="hub.repository",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[("keep", "Keep withheld"), ("release", "Release")], max_length=7
                    ),
                ),
                ("reason", models.TextField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("notified_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="contributions.case",
                    ),
                ),
                (
                    "moderator",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="decisions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("path", models.CharField(blank=True, max_length=1024)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("malware", "Malware or a file that harms whoever loads it"),
                            ("misuse", "Made for abuse, fraud or other misuse"),
                            ("licence", "Licence or copyright"),
                            ("personal_data", "Personal data"),
                            ("spam", "Spam"),
                            ("impersonation", "Impersonation"),
                            ("other", "Something else"),
                        ],
                        max_length=13,
                    ),
                ),
                ("text", models.TextField()),
                ("contact", models.CharField(blank=True, max_length=254)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="contributions.case",
                    ),
                ),
                (
                    "reporter",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="reports",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "repository",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="reports",
                        to="hub.repository",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["state", "-severity", "-created_at"], name="case_queue"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["sha256", "-id"], name="case_blob"),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open"), ("subject_kind", "blob")),
                fields=("sha256",),
                name="case_open_once_a_blob",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open"), ("subject_kind", "repository")),
                fields=("repository",),
                name="case_open_once_a_repository",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sha256", ""), ("subject_kind", "repository")),
                    models.Q(
                        ("repository", None),
                        ("subject_kind", "blob"),
                        models.Q(("sha256", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="case_has_one_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", ""), ("state", "open")),
                    models.Q(("state", "closed"), models.Q(("outcome", ""), _negated=True)),
                    _connector="OR",
                ),
                name="case_closed_by_an_outcome",
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("notified_at", None)), fields=["created_at"], name="decision_untold"
            ),
        ),
    ]
