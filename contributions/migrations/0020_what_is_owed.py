"""All are asked for an opinion; what was flagged is noted with the scans; of what ended nobody is told now."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FLAGGED = """
UPDATE hub_scan AS scan SET flagged_at = said.at
FROM (
    SELECT about.sha256, flag.source, max(flag.created_at) AS at
    FROM contributions_flag AS flag JOIN contributions_case AS about ON about.id = flag.case_id
    WHERE about.sha256 <> '' AND flag.source IN ('scan', 'secret')
    GROUP BY about.sha256, flag.source
) AS said
WHERE scan.sha256 = said.sha256 AND scan.flagged_at IS NULL AND scan.finished_at <= said.at
    AND (scan.scanner = 'secrets') = (said.source = 'secret')
"""
TOLD = """
UPDATE contributions_appeal SET claimants_told = 'overtaken'
WHERE kind = 'counter_notice' AND state = 'overtaken'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("contributions", "0019_withheld_again"),
        ("hub", "0030_flagged_scans"),
    ]

    operations = [
        migrations.AddField(
            "case",
            "all_asked_by",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            "call",
            "kind",
            models.CharField(
                choices=[
                    ("second", "Second"),
                    ("all", "All"),
                    ("proposal", "Proposal"),
                    ("returned", "Returned"),
                    ("handed", "Handed"),
                    ("appeal", "Appeal"),
                ],
                max_length=8,
            ),
        ),
        migrations.RunSQL(FLAGGED, migrations.RunSQL.noop),
        migrations.RunSQL(TOLD, migrations.RunSQL.noop),
    ]
