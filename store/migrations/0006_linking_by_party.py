from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

# The sweep linked them for everybody; from here on each party has a job for it. The id need only be one of its own.
LINKED = (
    "INSERT INTO job (id, kind, party_id, platform, due_us, failures, fence, lease, lease_until_us) "
    "SELECT p.id, 'link', p.id, '', 0, 0, 0, '', 0 FROM party p WHERE p.person_key IN "
    "(SELECT e.person_key FROM platform_event e WHERE e.state = 'unlinked')"
)
SWEPT = "DELETE FROM job WHERE kind = 'sweep'"


class Migration(migrations.Migration):
    dependencies = [("store", "0005_process_health")]

    initial = False

    loses = {"job": "there is no sweep any more"}

    operations = [
        ops.RemoveIndex(model_name="PlatformEventRow", name="idx_platform_event_age"),
        ops.AddIndex(
            model_name="PlatformEventRow",
            index=Index(fields=["state", "received_us", "id"], name="idx_platform_event_age"),
        ),
        ops.RemoveIndex(model_name="PlatformEventRow", name="idx_platform_event_state"),
        ops.AddIndex(
            model_name="PlatformEventRow",
            index=Index(fields=["state", "person_key", "received_us", "id"], name="idx_platform_event_person"),
        ),
        ops.AddIndex(
            model_name="JobRow",
            index=Index(fields=["party_id", "platform"], name="idx_job_about"),
        ),
        *(ops.RunSQL(statement) for statement in (LINKED, SWEPT)),
    ]
