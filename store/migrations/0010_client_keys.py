from uuid import uuid4

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("store", "0009_clients")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ClientKeyRow",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("client", fields.CharField(max_length=64)),
                ("digest", fields.CharField(unique=True, max_length=64)),
                ("created_us", fields.BigIntField()),
                ("ends_us", fields.BigIntField(null=True)),
            ],
            options={"table": "client_key", "app": "store", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.AddField(
            model_name="ClientRow",
            name="origins",
            field=fields.TextField(db_default="", unique=False),
        ),
    ]
