from django.db import migrations, models


class Migration(migrations.Migration):
    """An import remembers whom it took by contact, not by address. Imports under way keep what they have seen."""

    dependencies = [
        ("contacts", "0006_fewer_indexes_on_activity"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE TABLE contacts_importseen_before AS SELECT s.job_id, c.id AS contact_id, min(s.line) AS line"
            " FROM contacts_importseen s JOIN contacts_contact c ON lower(c.email) = s.key GROUP BY 1, 2",
            "DROP TABLE IF EXISTS contacts_importseen_before",
        ),
        migrations.DeleteModel(name="ImportSeen"),
        migrations.CreateModel(
            name="ImportSeen",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "job", "contact_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("contact_id", models.BigIntegerField()),
                ("line", models.BigIntegerField()),
                ("created", models.BooleanField(db_default=False, default=False)),
                (
                    "job",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=models.deletion.CASCADE,
                        related_name="+",
                        to="contacts.job",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            "INSERT INTO contacts_importseen (job_id, contact_id, line)"
            " SELECT job_id, contact_id, line FROM contacts_importseen_before;"
            " DROP TABLE contacts_importseen_before",
            migrations.RunSQL.noop,
        ),
    ]
