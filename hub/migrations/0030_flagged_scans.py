"""Of suspicions those are found at once that nobody was asked about."""

from django.db import migrations, models

# Of what a scanner suspected whose newer word is there nobody is asked.
SUPERSEDE = """
UPDATE hub_scan AS said SET flagged_at = now()
WHERE verdict = 'suspicious' AND finished_at IS NOT NULL AND EXISTS (
    SELECT FROM hub_scan AS newer
    WHERE newer.sha256 = said.sha256 AND newer.scanner = said.scanner AND newer.finished_at > said.finished_at
)
"""


class Migration(migrations.Migration):
    dependencies = [("hub", "0029_withheld_with_all")]

    operations = [
        migrations.AddField("scan", "flagged_at", models.DateTimeField(null=True)),
        migrations.RemoveIndex("scan", "scan_suspicious"),
        migrations.RunSQL(SUPERSEDE, migrations.RunSQL.noop),
        migrations.AddIndex(
            "scan",
            models.Index(
                condition=models.Q(
                    ("finished_at__isnull", False), ("flagged_at", None), ("verdict", "suspicious")
                ),
                fields=["scanner", "finished_at"],
                name="scan_unflagged",
            ),
        ),
    ]
