"""Appeals have a deadline, and moderators are called to them and to what is handed over to them."""

import django.utils.timezone
from django.db import migrations, models

# Until when those of before are answered, as if it had been said then.
DUE = """
UPDATE contributions_appeal AS appeal
SET due_at = appeal.created_at + make_interval(hours => policy.due_hours)
FROM contributions_decision AS decision JOIN contributions_policy AS policy ON policy.id = decision.policy_id
WHERE decision.id = appeal.decision_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("contributions", "0017_told_of_findings"),
    ]

    operations = [
        migrations.AddField(
            model_name="appeal",
            name="due_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(fields=["due_at"], name="appeal_due", condition=models.Q(("state", "open"))),
        ),
        migrations.AlterField(
            model_name="call",
            name="kind",
            field=models.CharField(
                choices=[
                    ("second", "Second"),
                    ("proposal", "Proposal"),
                    ("returned", "Returned"),
                    ("handed", "Handed"),
                    ("appeal", "Appeal"),
                ],
                max_length=8,
            ),
        ),
        migrations.RunSQL(DUE, migrations.RunSQL.noop),
    ]
