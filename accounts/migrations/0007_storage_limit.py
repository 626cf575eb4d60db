from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_invitations"),
    ]

    operations = [
        migrations.AddField(
            model_name="namespace",
            name="storage_limit",
            field=models.BigIntegerField(blank=True, null=True),
        ),
    ]
