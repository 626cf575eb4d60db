"""The audit log's rows can be added, and neither changed nor deleted."""

from django.db import migrations

from accounts.sql import AUDIT_APPEND_ONLY, AUDIT_APPEND_ONLY_REVERSE


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunSQL(AUDIT_APPEND_ONLY, AUDIT_APPEND_ONLY_REVERSE)]
