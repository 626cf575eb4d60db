from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hub", "0023_named_bases")]

    operations = [
        migrations.AddIndex(
            model_name="scan",
            index=models.Index(
                condition=models.Q(("finished_at__isnull", False), ("verdict", "suspicious")),
                fields=["finished_at"],
                name="scan_suspicious",
            ),
        ),
    ]
