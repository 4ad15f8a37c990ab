from typing import Any
from uuid import UUID

from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from domain.ids import derived_id

# Due when the sweep was: an older time would look like a worker that has long been missing.
WAITED_FOR = (
    "SELECT p.id, COALESCE((SELECT MAX(due_us) FROM job WHERE kind = 'sweep'), p.created_us) AS due FROM party p "
    "WHERE p.person_key IN (SELECT e.person_key FROM platform_event e WHERE e.state = 'unlinked')"
)
SWEPT = "DELETE FROM job WHERE kind = 'sweep'"


async def link(_: Any, editor: Any) -> None:
    """The sweep linked them for everybody; from here on each party has a job for it, under the id by which it is found."""
    for row in await editor.client.execute_query_dict(WAITED_FOR):
        party = UUID(str(row["id"]))
        await editor.client.execute_script(
            "INSERT INTO job (id, kind, party_id, platform, due_us, failures, fence, lease, lease_until_us) "
            f"VALUES ('{derived_id('job', 'link', party.hex, '')}', 'link', '{party}', '', {int(row['due'])}, 0, 0, '', 0)"
        )


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
        ops.RunPython(link),
        ops.RunSQL(SWEPT),
    ]
