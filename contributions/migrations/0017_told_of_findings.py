"""Who raised a finding about a licence is told what came of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contributions", "0016_calls_and_reminders"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="flag",
            name="flag_untold",
        ),
        migrations.AddIndex(
            model_name="flag",
            index=models.Index(
                condition=models.Q(
                    ("notified_at", None), ("source__in", ["report", "trusted", "notice", "licence"])
                ),
                fields=["case"],
                name="flag_untold",
            ),
        ),
    ]
