import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_desk_role"),
        ("contributions", "0007_moderation_anew"),
        ("hub", "0018_webhook_log"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AutoRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=40, unique=True)),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("malware", "Malware or a file that harms whoever loads it"),
                            ("misuse", "Made for abuse, fraud or other misuse"),
                            ("licence", "Licence or copyright"),
                            ("personal_data", "Personal data"),
                            ("secret", "A password or key that got out"),
                            ("spam", "Spam"),
                            ("impersonation", "Impersonation"),
                            ("other", "Something else"),
                        ],
                        max_length=13,
                    ),
                ),
                ("enabled", models.BooleanField(default=True)),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[("", "–"), ("dangerous", "Dangerous"), ("suspicious", "Suspicious")],
                        max_length=10,
                    ),
                ),
                ("reports", models.PositiveSmallIntegerField(default=0)),
                ("trusted", models.PositiveSmallIntegerField(default=0)),
                ("younger_than_days", models.PositiveIntegerField(default=0)),
                ("withholds", models.BooleanField(default=True)),
            ],
        ),
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
                    models.CharField(
                        choices=[
                            ("blob", "File"),
                            ("repository", "Repository"),
                            ("revision", "Revision"),
                            ("comment", "Comment"),
                            ("user", "User"),
                            ("organisation", "Organisation"),
                        ],
                        max_length=12,
                    ),
                ),
                ("subject_key", models.CharField(max_length=120)),
                ("subject_name", models.CharField(max_length=400)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("oid", models.CharField(blank=True, max_length=40)),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("malware", "Malware or a file that harms whoever loads it"),
                            ("misuse", "Made for abuse, fraud or other misuse"),
                            ("licence", "Licence or copyright"),
                            ("personal_data", "Personal data"),
                            ("secret", "A password or key that got out"),
                            ("spam", "Spam"),
                            ("impersonation", "Impersonation"),
                            ("other", "Something else"),
                        ],
                        max_length=13,
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("scan", "A scanner's finding"),
                            ("secret", "A secret that was found"),
                            ("licence", "A licence finding"),
                            ("report", "A report"),
                            ("trusted", "A trusted reporter"),
                            ("moderator", "A moderator"),
                            ("notice", "A notice without an account"),
                        ],
                        max_length=9,
                    ),
                ),
                ("title", models.CharField(max_length=300)),
                ("findings", models.JSONField(default=list)),
                (
                    "severity",
                    models.PositiveSmallIntegerField(choices=[(1, "low"), (2, "medium"), (3, "high")]),
                ),
                ("reach", models.PositiveBigIntegerField(default=0)),
                ("due_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("confirming", "Waits for a second moderator"),
                            ("asked", "Waits for changes"),
                            ("closed", "Closed"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("none", "No action"),
                            ("warn", "Warning"),
                            ("ask", "Asked for changes"),
                            ("override", "Scanner overruled"),
                            ("quarantine", "Quarantine"),
                            ("take_down", "Taken down"),
                            ("hide", "Hidden"),
                            ("suspend_uploads", "Uploads suspended"),
                            ("suspend_account", "Account suspended"),
                            ("forbid_name", "Removed, and its name forbidden"),
                        ],
                        max_length=15,
                    ),
                ),
                ("turn", models.PositiveIntegerField(default=0)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "claimed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "comment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="contributions.discussionevent",
                    ),
                ),
                (
                    "namespace",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.namespace",
                    ),
                ),
                (
                    "repository",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="cases",
                        to="hub.repository",
                    ),
                ),
                (
                    "second_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                ("rule", models.CharField(blank=True, max_length=40)),
                (
                    "effect",
                    models.CharField(
                        choices=[
                            ("none", "No action"),
                            ("warn", "Warning"),
                            ("ask", "Asked for changes"),
                            ("override", "Scanner overruled"),
                            ("quarantine", "Quarantine"),
                            ("take_down", "Taken down"),
                            ("hide", "Hidden"),
                            ("suspend_uploads", "Uploads suspended"),
                            ("suspend_account", "Account suspended"),
                            ("forbid_name", "Removed, and its name forbidden"),
                        ],
                        max_length=15,
                    ),
                ),
                ("reason", models.TextField()),
                ("note", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Waits for a second moderator"),
                            ("standing", "Stands"),
                            ("undone", "Undone"),
                            ("declined", "Declined by a second moderator"),
                        ],
                        max_length=8,
                    ),
                ),
                ("due_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("applied_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
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
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
            name="Appeal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("appeal", "Appeal"), ("counter_notice", "Counter-notice")], max_length=14
                    ),
                ),
                ("text", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Waits for another moderator"),
                            ("upheld", "The decision was upheld"),
                            ("undone", "The decision was undone"),
                            ("overtaken", "Another decision took its place"),
                        ],
                        default="open",
                        max_length=9,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("restore_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("decided_at", models.DateTimeField(null=True)),
                ("notified_at", models.DateTimeField(null=True)),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="appeals",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appeals",
                        to="contributions.decision",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Flag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("scan", "A scanner's finding"),
                            ("secret", "A secret that was found"),
                            ("licence", "A licence finding"),
                            ("report", "A report"),
                            ("trusted", "A trusted reporter"),
                            ("moderator", "A moderator"),
                            ("notice", "A notice without an account"),
                        ],
                        max_length=9,
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("path", models.CharField(blank=True, max_length=1024)),
                ("evidence", models.TextField(blank=True)),
                ("contact", models.CharField(blank=True, max_length=254)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="flags",
                        to="contributions.case",
                    ),
                ),
                (
                    "reporter",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="flags",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_desk", models.BooleanField()),
                ("internal", models.BooleanField(default=False)),
                ("text", models.TextField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("notified_at", models.DateTimeField(null=True)),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="contributions.case",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Policy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=40, unique=True)),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("malware", "Malware or a file that harms whoever loads it"),
                            ("misuse", "Made for abuse, fraud or other misuse"),
                            ("licence", "Licence or copyright"),
                            ("personal_data", "Personal data"),
                            ("secret", "A password or key that got out"),
                            ("spam", "Spam"),
                            ("impersonation", "Impersonation"),
                            ("other", "Something else"),
                        ],
                        max_length=13,
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("text", models.TextField()),
                ("reasons", models.TextField(blank=True)),
                ("due_hours", models.PositiveIntegerField()),
                ("confirm_above", models.PositiveBigIntegerField()),
                ("appeal_days", models.PositiveIntegerField()),
                ("waiting_days", models.PositiveIntegerField(default=0)),
            ],
            options={
                "indexes": [models.Index(fields=["cause", "slug"], name="policy_of_cause")],
            },
        ),
        migrations.AddField(
            model_name="decision",
            name="policy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="contributions.policy",
            ),
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("query", models.CharField(max_length=400)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "closed"), _negated=True),
                fields=["-severity", "-reach", "id"],
                name="case_by_severity",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "closed"), _negated=True),
                fields=["-reach", "id"],
                name="case_by_reach",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "closed"), _negated=True),
                fields=["due_at", "id"],
                name="case_by_due",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "closed"), _negated=True),
                fields=["created_at", "id"],
                name="case_by_age",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "closed")), fields=["-closed_at", "-id"], name="case_closed"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["subject_key", "-id"], name="case_subject"),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "closed"), _negated=True),
                fields=("subject_key", "cause"),
                name="case_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at__isnull", False),
                        ("state", "closed"),
                        models.Q(("outcome", ""), _negated=True),
                    ),
                    models.Q(("state", "closed"), _negated=True),
                    _connector="OR",
                ),
                name="case_closed_by_an_outcome",
            ),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["restore_at"], name="appeal_restores"
            ),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(
                condition=models.Q(("notified_at", None), ("state", "upheld")),
                fields=["decided_at"],
                name="appeal_untold",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.UniqueConstraint(fields=("decision", "kind"), name="appeal_once"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("from_desk", True), ("internal", False), ("notified_at", None)),
                fields=["created_at"],
                name="message_untold",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("internal", False), ("from_desk", True), _connector="OR"),
                name="message_internal_of_desk",
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("applied_at__isnull", False), ("notified_at", None)),
                fields=["created_at"],
                name="decision_untold",
            ),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(fields=("user", "name"), name="saved_view_once"),
        ),
    ]
