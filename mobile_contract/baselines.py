"""The schema as it was when a release was registered: `baselines/<number>.graphql`, a new one where it differs from the last."""

from pathlib import Path

from graphql import GraphQLSchema, build_schema

from mobile_contract.contract import HOME

BASELINES = HOME / "baselines"


def schemas(folder: Path = BASELINES) -> dict[str, GraphQLSchema]:
    """By their numbers, the oldest first."""
    return {file.stem: build_schema(file.read_text("utf-8")) for file in sorted(folder.glob("*.graphql"))}


def keep(text: str, folder: Path = BASELINES) -> str:
    """The number of the newest, which is this schema from now on."""
    newest = max(folder.glob("*.graphql"), default=None)
    if newest and newest.read_text("utf-8") == text:
        return newest.stem
    number = f"{int(newest.stem) + 1 if newest else 1:04}"
    folder.mkdir(exist_ok=True)
    (folder / f"{number}.graphql").write_text(text, "utf-8")
    return number
