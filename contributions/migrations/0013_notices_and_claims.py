from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contributions", "0012_appeals_by_author"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="appeal",
            name="claimants_told",
            field=models.CharField(blank=True, max_length=9),
        ),
        migrations.AddField(
            model_name="flag",
            name="language",
            field=models.CharField(blank=True, max_length=10),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(
                condition=models.Q(("kind", "counter_notice")), fields=["created_at"], name="appeal_counters"
            ),
        ),
    ]
