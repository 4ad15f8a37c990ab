"""The clients that people who write Python use, over the running service; and docs/developers/python.md, which says how."""

import re
import sys
from pathlib import Path

import pytest
import pytest_asyncio

from mobile_contract import manifest
from mobile_contract.contract import operation
from tests.flows.outside import home, only
from tests.flows.python_clients import ROOT, SCHEMA, python, ran, run, telling
from tests.live import Live

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    only("sqlite", because="clients are what is tried here; what they ask is shown in every shape by others"),
]

PAGE = ROOT / "docs" / "developers" / "python.md"
NAME = "{ viewer { displayName } }"
LIN = {"viewer": {"displayName": "林晓岚"}}
BASE = "[mypy]\nstrict = true\n[mypy-tongban_client.async_base_client]\nignore_errors = true\n"
"""That module is copied into what is generated, and is not of its making."""


async def test_gql(live: Live, tmp_path: Path) -> None:
    """Asks over HTTP and over both of its sockets, hears of a change there, and holds a document against the schema's file."""
    phone = await live.phone("lin")
    await home(phone)
    case = await live.case_at("lin", "reception")
    arguments = (f"{live.service.url}/graphql", phone.bearer, str(SCHEMA), NAME, operation("CaseChanged"))
    async with telling("ask_gql.py", *arguments, cwd=tmp_path) as told:
        assert await anext(told) == LIN
        assert await anext(told) == {"not sent": "Cannot query field 'nothing' on type 'Query'."}
        ((refused,),) = (await anext(told)).values()
        assert refused["extensions"]["code"] == "BAD_REQUEST"
        assert await anext(told) == {"described": True}
        for _ in range(2):
            assert await anext(told) == LIN
            assert (await anext(told))["caseChanged"]["case"] is None
        await live.world.post("/advance", case=case)
        for _ in range(2):
            assert (await anext(told))["caseChanged"]["case"]["number"] == case


async def test_sgqlc(live: Live, tmp_path: Path) -> None:
    """Makes types of what the service says of itself; an operation built with them is answered into them."""
    phone, url = await live.phone("lin"), f"{live.service.url}/graphql"
    header = f"--header=Authorization: Bearer {phone.bearer}"
    await ran(await python(), "-m", "sgqlc.introspection", header, url, "schema.json", cwd=tmp_path)
    await ran(await python(), "-m", "sgqlc.codegen", "schema", "schema.json", "tongban_schema.py", cwd=tmp_path)
    async with telling("ask_sgqlc.py", url, phone.bearer, str(tmp_path), cwd=tmp_path) as told:
        name, cases = await anext(told)
        assert (name, [at for at, _ in cases]) == ("林晓岚", ["datetime"] * 2)
        assert {stage for _, stage in cases} <= {"RECEPTION", "APPROVAL", "COMPLETION"}
        assert await anext(told) == {"registered": True, "errors": []}
        assert "nothing" in (await anext(told))["not sent"]


def blocks() -> dict[str, str]:
    """What the page has its readers write into files: by the files' names."""
    settings, plugin, listing = re.findall(r"```(?:toml|python)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    settings = settings.replace('"mobile_contract/', f'"{ROOT}/mobile_contract/')
    return {"pyproject.toml": settings, "open_enums.py": plugin, "list_operations.py": listing}


def written(folder: Path) -> None:
    for name, text in blocks().items():
        (folder / name).write_text(text, encoding="utf-8")


async def generate(folder: Path) -> tuple[int, str]:
    """Status and output of the generator."""
    return await run(await python(), "-m", "ariadne_codegen", cwd=folder, PYTHONPATH=str(folder))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the page says, and the client that is generated there."""
    folder = tmp_path_factory.mktemp("codegen")
    written(folder)
    status, said = await generate(folder)
    assert status == 0, said
    return folder


async def test_ariadne_codegen(live: Live, made: Path) -> None:
    """A client made as the page says asks, changes, listens, and takes a value of an enum that it does not know."""
    phone = await live.phone("lin")
    await home(phone)
    case = await live.case_at("lin", "reception")
    arguments = (f"{live.service.url}/graphql", phone.bearer, str(made))
    async with telling("ask_codegen.py", *arguments, cwd=made) as told:
        sent = [(await anext(told))["sends"]]
        assert await anext(told) == ["林晓岚", [["datetime", True]] * 2]
        sent.append((await anext(told))["sends"])
        assert await anext(told) == {"registered": True, "errors": []}
        assert await anext(told) == {"sends": sent[0]}
        assert await anext(told) == {"codes": ["BAD_CURSOR"], "beside": "林晓岚"}
        assert await anext(told) == {"case": None}
        await live.world.post("/advance", case=case)
        assert await anext(told) == {"case": case, "at": "datetime"}
        assert await anext(told) == [True, False]
    assert sent == [one.id for one in await listed(made) if one.name in {"Home", "RegisterDevice"}]


async def listed(folder: Path) -> list[manifest.Operation]:
    """The operations of a generated client, as the page has its readers list them for `tongban contract register`."""
    told = folder / "manifest.json"
    told.write_text(await ran(await python(), "list_operations.py", cwd=folder), encoding="utf-8")
    return manifest.read(told)


@pytest.mark.usefixtures("shape")
async def test_what_is_generated_is_typed(made: Path) -> None:
    """mypy --strict finds nothing in it."""
    (made / "mypy.ini").write_text(BASE, encoding="utf-8")
    mypy = ("mypy", "--config-file", "mypy.ini", "--python-executable", await python(), "tongban_client")
    assert "no issues found" in await ran(sys.executable, "-m", *mypy, cwd=made)


@pytest.mark.usefixtures("shape")
async def test_its_operations_can_be_registered(made: Path) -> None:
    """Every one of the contract is among what the page has its readers list."""
    names = {file.stem for file in (ROOT / "mobile_contract" / "operations").iterdir()}
    assert {one.name for one in await listed(made)} == names


WRONG = "query Wrong { viewer { cases { edges { node { applicantName } } } } }"


@pytest.mark.usefixtures("shape")
async def test_a_wrong_operation_is_not_generated(tmp_path: Path) -> None:
    """Generation ends, and names the field."""
    written(tmp_path)
    settings = tmp_path / "pyproject.toml"
    settings.write_text(settings.read_text("utf-8").replace(f"{ROOT}/mobile_contract/operations", "operations"))
    (tmp_path / "operations").mkdir()
    (tmp_path / "operations" / "Wrong.graphql").write_text(WRONG, encoding="utf-8")
    status, said = await generate(tmp_path)
    assert status != 0 and "Cannot query field 'applicantName' on type 'Case'" in said
    assert not (tmp_path / "tongban_client").exists()
