"""A chain of hashes over the audit log, to which rows can only be added."""

import django.utils.timezone
from django.db import migrations, models

from accounts.sql import guard, unguard


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_language"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditLink",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("event", models.BigIntegerField(unique=True)),
                ("digest", models.BinaryField(max_length=32)),
                ("sealed_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "indexes": [models.Index(fields=["sealed_at"], name="accounts_auditlink_sealed")],
            },
        ),
        migrations.RunSQL(guard("accounts_auditlink"), unguard("accounts_auditlink")),
    ]
