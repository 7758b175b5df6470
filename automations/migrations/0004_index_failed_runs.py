from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # The table may be large and in use: built beside the work.
    atomic = False

    dependencies = [
        ("automations", "0003_due_runs_by_automation"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="enrollment",
            index=models.Index(condition=models.Q(("state", "failed")), fields=["-id"], name="enrollment_failed"),
        ),
    ]
