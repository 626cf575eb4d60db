from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("hub", "0021_pictures"),
        ("accounts", "0013_withheld_namespaces"),
    ]

    operations = [
        migrations.AddField(
            model_name="repository",
            name="taken_down_alone",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunSQL(
            "UPDATE hub_repository SET taken_down_alone = TRUE WHERE taken_down_at IS NOT NULL",
            migrations.RunSQL.noop,
        ),
    ]
