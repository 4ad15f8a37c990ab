"""Writing at places: what was written there is read there."""

from datetime import datetime, timedelta, timezone
from xml.etree.ElementTree import Element

import pytest

from app.kit.pen import NotWritable, put, written
from app.kit.witness import FORMS, Forms, shape_of
from integrations.description import read_description
from integrations.mapping.language import reader
from integrations.mapping.values import text_of
from integrations.registry import HOME

JSON, XML = (read_description(HOME / code / "platform.toml") for code in ("44", "33"))


@pytest.mark.parametrize("place", ["a", "a.b", "a.b.c", '"a-b".c'])
def test_json_is_written_where_it_is_read(place: str):
    """Beside what stands there."""
    document = {"a": {"x": 1}}
    put(JSON, document, place, "w")
    assert reader(JSON.language, [place])(document) == ("w",)


@pytest.mark.parametrize("place", ["@bsh", "s:a/@b", "s:a/b:c", "s:a/b:c/@d", "."])
def test_xml_is_written_where_it_is_read(place: str):
    """Attributes and elements, in their namespaces."""
    document = Element("event")
    put(XML, document, place, "w")
    assert text_of(reader(XML.language, [place])(document)[0], place) == "w"


@pytest.mark.parametrize("place", ["a[0]", "a || b", "a[?b == 'c']", "length(a)"])
def test_a_place_that_chooses_is_not_written(place: str):
    """It could be written in more than one way."""
    with pytest.raises(NotWritable):
        put(JSON, {}, place, "w")


@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_time_is_known_by_what_is_written_in_it(form: str):
    """No two are taken for each other."""
    at = datetime(2026, 11, 24, 16, 20, 3, tzinfo=timezone(timedelta(hours=8)))
    assert Forms(JSON).of(written(at, form, timedelta(hours=8))) == form  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "form"), [("", "none"), ("99991231", "none"), ("2026年1月", None), ("soon", None)])
def test_what_is_no_time_is_none(text: str, form: str | None):
    """Or stands for none."""
    assert Forms(JSON).of(text) == form


def test_a_shape_says_nothing_of_what_it_is_the_shape_of():
    """Of Chinese, letters and digits."""
    assert shape_of("2026年1月 Lin 林") == "9999?9? aaa ?"
