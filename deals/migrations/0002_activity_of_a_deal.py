"""An index for the stream of a deal: the entries about it, whoever they belong to."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("deals", "0001_initial"),
        ("contacts", "0001_initial"),
    ]

    operations = [
        # Read by deals.streams. On the log's table, but of no interest to the ground floor, which knows no deals.
        migrations.RunSQL(
            "CREATE INDEX deal_activity ON contacts_activity ((data -> 'deal_id')) WHERE kind LIKE 'deal.%'",
            "DROP INDEX deal_activity",
        ),
    ]
