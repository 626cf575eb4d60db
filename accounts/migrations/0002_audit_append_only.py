"""The audit log's rows can be added, and neither changed nor deleted."""

from django.db import migrations

from accounts.sql import REFUSE, REFUSE_REVERSE, guard, unguard


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE, REFUSE_REVERSE),
        migrations.RunSQL(guard("accounts_auditevent"), unguard("accounts_auditevent")),
    ]
