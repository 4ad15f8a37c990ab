from uuid import uuid4

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("store", "0001_initial")]

    initial = False

    operations = [
        ops.CreateModel(
            name="JobRow",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("kind", fields.CharField(max_length=16)),
                ("party_id", fields.UUIDField(null=True)),
                ("platform", fields.CharField(max_length=32)),
                ("due_us", fields.BigIntField()),
                ("failures", fields.IntField()),
                ("fence", fields.BigIntField()),
                ("lease", fields.CharField(max_length=64)),
                ("lease_until_us", fields.BigIntField()),
            ],
            options={
                "table": "job",
                "app": "store",
                "indexes": [Index(fields=["kind", "due_us", "id"], name="idx_job_due")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.AddIndex(
            model_name="CaseRow",
            index=Index(fields=["party_id", "seq", "id"], name="idx_case_seq"),
        ),
        ops.AddIndex(
            model_name="DeliveryRow",
            index=Index(fields=["created_us", "id"], name="idx_delivery_age"),
        ),
        ops.AddIndex(
            model_name="DeviceRow",
            index=Index(fields=["seen_us", "id"], name="idx_device_seen"),
        ),
        ops.AddIndex(
            model_name="LicenceRow",
            index=Index(fields=["party_id", "seq", "id"], name="idx_licence_seq"),
        ),
        ops.AddIndex(
            model_name="NotificationRow",
            index=Index(fields=["party_id", "seq", "id"], name="idx_notification_seq"),
        ),
        ops.AddIndex(
            model_name="PlatformEventRow",
            index=Index(fields=["received_us", "id"], name="idx_platform_event_age"),
        ),
    ]
