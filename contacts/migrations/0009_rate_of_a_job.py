from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0008_fewer_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="rate",
            field=models.FloatField(db_default=0, default=0),
        ),
    ]
