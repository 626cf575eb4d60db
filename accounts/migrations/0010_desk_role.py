"""Roles at the moderators' desk, in the place of one mark for moderators."""

from django.db import migrations, models

from accounts.roles import DeskRole


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_audit_links"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="desk_role",
            field=models.CharField(
                blank=True, choices=DeskRole.choices, db_default="", default="", max_length=16
            ),
        ),
        migrations.RunSQL(
            "UPDATE accounts_user SET desk_role = 'moderator' WHERE is_moderator",
            "UPDATE accounts_user SET is_moderator = TRUE WHERE desk_role IN ('moderator', 'lead')",
        ),
        migrations.RemoveField(model_name="user", name="is_moderator"),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("desk_role__in", DeskRole.values)),
                name="accounts_user_desk_role_known",
            ),
        ),
    ]
