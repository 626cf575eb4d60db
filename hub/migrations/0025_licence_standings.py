import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_withheld_namespaces"),
        ("hub", "0024_suspicious_scans"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # What was found before says too little; the sweep has each checked anew.
        migrations.RunSQL("DELETE FROM hub_licencecheck", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="LicenceEdge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("relation", models.CharField(blank=True, max_length=20)),
                ("path", models.CharField(max_length=1024)),
                ("field", models.CharField(max_length=100)),
                ("line", models.IntegerField(default=0)),
                ("was", models.JSONField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="LicenceFinding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=300)),
                ("rule", models.CharField(max_length=40)),
                (
                    "severity",
                    models.CharField(
                        choices=[("info", "Info"), ("warning", "Warning"), ("conflict", "Conflict")],
                        max_length=10,
                    ),
                ),
                ("said", models.JSONField()),
                ("about", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("disputed", "Disputed"),
                            ("waived", "Waived"),
                            ("resolved", "Resolved"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("raised_at", models.DateTimeField(null=True)),
                ("first_commit", models.CharField(max_length=40)),
                ("first_seen", models.DateTimeField(auto_now_add=True)),
                ("resolved_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="LicenceStanding",
            fields=[
                (
                    "repository",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="hub.repository",
                    ),
                ),
                ("commit", models.CharField(blank=True, max_length=40)),
                ("own", models.JSONField(default=list)),
                ("inherited", models.JSONField(default=list)),
                (
                    "keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100), default=list, size=None
                    ),
                ),
                ("flow", models.JSONField(default=list)),
                ("terms", models.JSONField(default=dict)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("told", models.CharField(blank=True, max_length=64)),
                ("rules", models.CharField(blank=True, max_length=64)),
                ("seen", models.CharField(blank=True, max_length=300)),
                ("stood_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="RegisteredLicence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.SlugField(max_length=100, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("text", models.TextField(max_length=262144)),
                ("fingerprint", models.BinaryField()),
                ("fields", models.JSONField(default=dict)),
                ("source_url", models.URLField(blank=True, max_length=1000)),
                ("retired", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.RemoveIndex(
            model_name="licencecheck",
            name="licence_check_waiting",
        ),
        migrations.RemoveField(
            model_name="licencecheck",
            name="created_at",
        ),
        migrations.RemoveField(
            model_name="licencecheck",
            name="findings",
        ),
        migrations.RemoveField(
            model_name="licencecheck",
            name="finished_at",
        ),
        migrations.RemoveField(
            model_name="licencecheck",
            name="state",
        ),
        migrations.AddField(
            model_name="licencecheck",
            name="book",
            field=models.CharField(default="", max_length=100),
        ),
        migrations.AddField(
            model_name="licencecheck",
            name="checked_at",
            field=models.DateTimeField(auto_now=True),
        ),
        migrations.AddField(
            model_name="licencecheck",
            name="puzzling",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="licencecheck",
            name="read",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="repository",
            name="commercial_use",
            field=models.CharField(blank=True, db_default="", default="", max_length=12),
        ),
        migrations.AddField(
            model_name="repository",
            name="licence_clear",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="repository",
            name="licence_text",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name="licencecheck",
            name="declared",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AlterField(
            model_name="licencecheck",
            name="verdict",
            field=models.CharField(
                choices=[
                    ("known", "known"),
                    ("unknown", "unknown"),
                    ("missing", "missing"),
                    ("invalid", "incomplete"),
                ],
                default="missing",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="licencecheck",
            index=models.Index(
                condition=models.Q(("puzzling", True)), fields=["id"], name="licence_check_puzzling"
            ),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=models.Index(
                condition=models.Q(("commercial_use", ""), _negated=True),
                fields=["kind", "commercial_use"],
                name="repository_commercial",
            ),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=models.Index(
                condition=models.Q(("licence_text", True)), fields=["kind"], name="repository_text"
            ),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=models.Index(
                condition=models.Q(("licence_clear", True)), fields=["kind"], name="repository_clear"
            ),
        ),
        migrations.AddField(
            model_name="licenceedge",
            name="base",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="hub.repository",
            ),
        ),
        migrations.AddField(
            model_name="licenceedge",
            name="child",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="hub.repository"
            ),
        ),
        migrations.AddField(
            model_name="licencefinding",
            name="answered_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="licencefinding",
            name="repository",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="hub.repository"
            ),
        ),
        migrations.AddIndex(
            model_name="licencestanding",
            index=django.contrib.postgres.indexes.GinIndex(fields=["keys"], name="licence_standing_keys"),
        ),
        migrations.AddIndex(
            model_name="licencestanding",
            index=models.Index(fields=["rules"], name="licence_standing_rules"),
        ),
        migrations.AddIndex(
            model_name="licencestanding",
            index=models.Index(
                condition=models.Q(("told", models.F("digest")), _negated=True),
                fields=["stood_at"],
                name="licence_standing_untold",
            ),
        ),
        migrations.AddField(
            model_name="registeredlicence",
            name="reviewed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="licenceedge",
            index=models.Index(fields=["base", "child"], name="licence_edge_children"),
        ),
        migrations.AddIndex(
            model_name="licenceedge",
            index=models.Index(
                condition=models.Q(("base", None)), fields=["name", "child"], name="licence_edge_loose"
            ),
        ),
        migrations.AddConstraint(
            model_name="licenceedge",
            constraint=models.UniqueConstraint(
                fields=("child", "name", "path", "field"), name="licence_edge_once_a_file"
            ),
        ),
        migrations.AddConstraint(
            model_name="licencefinding",
            constraint=models.UniqueConstraint(fields=("repository", "key"), name="licence_finding_once"),
        ),
        migrations.AddIndex(
            model_name="registeredlicence",
            index=models.Index(fields=["updated_at"], name="registered_licence_changed"),
        ),
    ]
