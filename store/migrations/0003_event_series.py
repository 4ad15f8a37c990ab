from uuid import uuid4

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("store", "0002_jobs_and_sequences")]

    initial = False

    operations = [
        ops.CreateModel(
            name="EventActRow",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("event_id", fields.UUIDField()),
                ("act", fields.CharField(max_length=16)),
                ("at_us", fields.BigIntField()),
                ("sealed", fields.BinaryField()),
                ("key_id", fields.CharField(max_length=16)),
            ],
            options={
                "table": "event_act",
                "app": "store",
                "indexes": [Index(fields=["event_id", "at_us"], name="idx_event_act_event")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="EventGapRow",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("platform", fields.CharField(max_length=32)),
                ("series", fields.CharField(max_length=64)),
                ("number", fields.BigIntField()),
                ("person_key", fields.CharField(max_length=64)),
                ("seen_us", fields.BigIntField()),
            ],
            options={
                "table": "event_gap",
                "app": "store",
                "indexes": [Index(fields=["seen_us", "id"], name="idx_event_gap_seen")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.AddIndex(
            model_name="CaseRow",
            index=Index(fields=["platform", "stage", "updated_us"], name="idx_case_open"),
        ),
        ops.AddField(
            model_name="ContactRow",
            name="missed_us",
            field=fields.BigIntField(db_default=0),
        ),
        ops.AddField(
            model_name="PlatformEventRow",
            name="number",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="PlatformEventRow",
            name="series",
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddIndex(
            model_name="PlatformEventRow",
            index=Index(fields=["platform", "series", "number"], name="idx_platform_event_series"),
        ),
    ]
