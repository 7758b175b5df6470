"""A new machine has one provider: capture, behind all that may be added. Nothing leaves it until somebody adds one."""

import django.db.models.deletion
from django.db import migrations, models


def add_capture(apps, schema_editor):
    provider = apps.get_model("messaging", "Provider")
    if not provider.objects.exists():
        provider.objects.create(name="Captured mail", kind="capture", position=1000, max_connections=2)


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0003_claims_and_fewer_indexes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="attempt",
            name="provider",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="messaging.provider",
            ),
        ),
        migrations.RunPython(add_capture, migrations.RunPython.noop),
    ]
