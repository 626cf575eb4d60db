from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_withheld_namespaces")]

    operations = [
        migrations.AddIndex(
            "user",
            models.Index(
                condition=models.Q(("desk_role", ""), _negated=True),
                fields=["desk_role"],
                name="accounts_user_at_desk",
            ),
        ),
    ]
