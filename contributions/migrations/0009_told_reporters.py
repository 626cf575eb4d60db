from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contributions", "0008_desk"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="flag",
            name="added_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="flag",
            name="notified_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="flag",
            index=models.Index(
                condition=models.Q(("notified_at", None), ("source__in", ["report", "trusted", "notice"])),
                fields=["case"],
                name="flag_untold",
            ),
        ),
    ]
