from uuid import uuid4

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

HELD = (
    "(SELECT COUNT(*) FROM {table} i WHERE i.party_id = contact.party_id AND i.platform = contact.platform "
    "AND NOT i.retired)"
)
COUNTED = [
    f"UPDATE contact SET held = {HELD.format(table=table)} WHERE noun = '{noun}'"
    for noun, table in (("cases", "case_index"), ("licences", "licence_index"))
]
# The terms of platforms do not stand in the database: what was proved counts as proved long ago, and is asked anew.
PROVED = (
    "UPDATE contact SET absent_us = answered_us WHERE held = 0 AND trouble = '' AND NOT truncated AND answered_us > 0"
)


class Migration(migrations.Migration):
    dependencies = [("store", "0003_event_series")]

    initial = False

    operations = [
        ops.CreateModel(
            name="SurveyRow",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("party_id", fields.UUIDField()),
                ("noun", fields.CharField(max_length=16)),
                ("scope", fields.CharField(max_length=16)),
                ("seq", fields.BigIntField()),
            ],
            options={
                "table": "survey",
                "app": "store",
                "indexes": [Index(fields=["party_id", "seq", "id"], name="idx_survey_seq")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="ContactRow",
            name="absent_us",
            field=fields.BigIntField(db_default=0),
        ),
        ops.AddField(
            model_name="ContactRow",
            name="held",
            field=fields.IntField(db_default=0),
        ),
        ops.AddIndex(
            model_name="ContactRow",
            index=Index(fields=["party_id", "noun", "absent_us"], name="idx_contact_footprint"),
        ),
        *(ops.RunSQL(statement) for statement in (*COUNTED, PROVED)),
    ]
