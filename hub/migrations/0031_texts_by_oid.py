"""What is said of a licence's text is said of those bytes, and the registry has no index that nobody asks."""

from django.db import migrations

# What was read before is read again, as if something in it were not recognised; until then nobody knows its
# bytes.
READ_AGAIN = """
UPDATE hub_licencecheck SET book = '', puzzling = true, read = jsonb_set(read, '{files}', (
    SELECT jsonb_agg(file || '{"oid": ""}'::jsonb) FROM jsonb_array_elements(read -> 'files') AS file
)) WHERE jsonb_array_length(read -> 'files') > 0
"""


class Migration(migrations.Migration):
    dependencies = [("hub", "0030_flagged_scans")]

    operations = [
        # What an earlier version reads takes no notice of more.
        migrations.RunSQL(READ_AGAIN, migrations.RunSQL.noop),
        migrations.RemoveIndex("registeredlicence", "registered_licence_changed"),
    ]
