from uuid import uuid4

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("store", "0008_linked_accounts")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ClientRow",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("client", fields.CharField(unique=True, max_length=64)),
                ("name", fields.TextField(unique=False)),
                ("contact", fields.TextField(unique=False)),
                ("scopes", fields.TextField(unique=False)),
                ("budget", fields.BigIntField()),
                ("suspended", fields.TextField(unique=False)),
                ("free_text", fields.BooleanField()),
                ("created_us", fields.BigIntField()),
            ],
            options={"table": "client", "app": "store", "pk_attr": "id"},
            bases=["Model"],
        ),
    ]
