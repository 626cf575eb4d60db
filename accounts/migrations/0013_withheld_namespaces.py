from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_forbidden_names"),
    ]

    operations = [
        migrations.AddField(
            model_name="namespace",
            name="withheld_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
