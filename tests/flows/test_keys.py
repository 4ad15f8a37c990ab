"""A database that meets other keys than its own: said at start, before anybody seems to be somebody new."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from app.doctor import examine
from app.simulation import SimulationFailed, fresh_keys, service, simulation
from tests.houses import migrated


@pytest.mark.parametrize("lost", ["TONGBAN_HASH_KEY", "TONGBAN_SEALING_KEYS"])
async def test_other_keys_are_refused(tmp_path: Path, lost: str) -> None:
    """The service does not start and the doctor says which key it is; with the right one all is as it was."""
    async with simulation(tmp_path) as world:
        ours = await migrated(world.environment(f"sqlite://{tmp_path}/kept.db", fresh_keys(), 0))
        async with service(world, ours, tmp_path):
            pass
        others = {**ours, lost: fresh_keys()[lost]}
        with pytest.raises(SimulationFailed):
            async with service(world, others, tmp_path):
                pass
        assert "Traceback" not in (tmp_path / "service.log").read_text()
        assert lost in await _diagnosis(others)
        assert lost not in await _diagnosis(ours)


async def _diagnosis(settings: dict[str, str]) -> str:
    """What the doctor says."""
    said = StringIO()
    await examine(settings, Console(file=said))
    return said.getvalue()
