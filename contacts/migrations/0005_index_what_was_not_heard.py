from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # The table may be large and in use: built beside the work.
    atomic = False

    dependencies = [
        ("contacts", "0004_overview_indexes_and_columns"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="activity",
            index=models.Index(
                condition=models.Q(("attempts__gt", 0), ("due_at__isnull", False)),
                fields=["-id"],
                name="activity_failed",
            ),
        ),
    ]
