import django.db.models.deletion
from django.db import migrations, models

ANSWERS = [("serve", "Serve"), ("warn", "Warn"), ("refuse", "Refuse")]
# The last word of each scanner, and the worst of these; what the scanner that knows the formats did not say
# or does not know is not safe (hub.scanning.standings says the same of what is scanned from now on).
FILL = """
UPDATE storage_blob SET scan_state = found.state
FROM (
    SELECT sha256, CASE
        WHEN bool_or(verdict = 'dangerous') THEN 'dangerous'
        WHEN NOT bool_or(scanner = 'artifact') THEN 'queued'
        WHEN bool_or(verdict = 'suspicious') THEN 'suspicious'
        WHEN bool_or(verdict = 'error') THEN 'error'
        WHEN bool_or(scanner = 'artifact' AND verdict = '') THEN 'unscanned'
        ELSE 'safe' END AS state
    FROM (
        SELECT DISTINCT ON (sha256, scanner) sha256, scanner, verdict
        FROM hub_scan WHERE finished_at IS NOT NULL ORDER BY sha256, scanner, finished_at DESC
    ) AS last
    GROUP BY sha256
) AS found
WHERE storage_blob.sha256 = found.sha256 AND found.state <> 'queued'
"""


def answer() -> models.CharField:
    return models.CharField(blank=True, choices=ANSWERS, default="", max_length=6)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_device_logins"),
        ("hub", "0011_scan_imports"),
        ("storage", "0006_scan_state"),
    ]

    operations = [
        migrations.CreateModel(
            name="ScanPolicy",
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
                        blank=True,
                        choices=[("model", "Model"), ("dataset", "Dataset")],
                        default="",
                        max_length=10,
                    ),
                ),
                ("dangerous", answer()),
                ("suspicious", answer()),
                ("error", answer()),
                ("queued", answer()),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.namespace",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "kind"), name="scan_policy_once", nulls_distinct=False
                    )
                ],
            },
        ),
        # Taken back, the column goes with its own migration.
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
