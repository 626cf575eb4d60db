"""Whose uploads are suspended, and since when."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_desk_role"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="uploads_suspended_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
