from uuid import uuid4

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("store", "0007_level_shown")]

    initial = False

    operations = [
        ops.CreateModel(
            name="LinkedAccountRow",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("party_id", fields.UUIDField()),
                ("platform", fields.CharField(max_length=32)),
                ("account_key", fields.CharField(unique=True, max_length=64)),
                ("sealed", fields.BinaryField()),
                ("key_id", fields.CharField(max_length=16)),
            ],
            options={
                "table": "linked_account",
                "app": "store",
                "indexes": [Index(fields=["party_id"], name="idx_linked_account_party")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="PartyRow",
            name="accounts_us",
            field=fields.BigIntField(null=True),
        ),
    ]
