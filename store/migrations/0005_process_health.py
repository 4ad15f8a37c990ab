from uuid import uuid4

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("store", "0004_footprints")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ProcessRow",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("owner", fields.CharField(max_length=64)),
                ("at_us", fields.BigIntField()),
                ("figures", fields.TextField(unique=False)),
            ],
            options={
                "table": "process_health",
                "app": "store",
                "indexes": [Index(fields=["at_us", "id"], name="idx_process_health_age")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.AddIndex(
            model_name="PlatformEventRow",
            index=Index(fields=["platform", "state", "received_us"], name="idx_platform_event_last"),
        ),
    ]
