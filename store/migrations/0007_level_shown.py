from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("store", "0006_linking_by_party")]

    initial = False

    operations = [
        ops.AddField(
            model_name="PartyRow",
            name="level",
            field=fields.SmallIntField(null=True),
        ),
        ops.AddField(
            model_name="PartyRow",
            name="shown_us",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="PartyRow",
            name="signed_in_us",
            field=fields.BigIntField(null=True),
        ),
    ]
