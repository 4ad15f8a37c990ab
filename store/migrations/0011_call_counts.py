from uuid import uuid4

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("store", "0010_client_keys")]

    initial = False

    operations = [
        ops.CreateModel(
            name="CallCountRow",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("day_us", fields.BigIntField()),
                ("client", fields.CharField(max_length=64)),
                ("what", fields.CharField(max_length=128)),
                ("calls", fields.BigIntField()),
            ],
            options={
                "table": "call_count",
                "app": "store",
                "indexes": [Index(fields=["day_us", "id"], name="idx_call_count_day")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
