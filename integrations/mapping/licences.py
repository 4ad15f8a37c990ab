"""From a platform's licence rows to observations, by description."""

from collections.abc import Callable
from typing import Any

from domain.licence import Licence, LicenceObservation
from domain.times import Micros, micros
from integrations.form.mappings import LicenceMapping
from integrations.form.times import Times
from integrations.mapping.language import Language, reader
from integrations.mapping.values import day_of, stamp_of, text_of, word_of
from integrations.port import Drifted

ObserveLicence = Callable[[Any, Micros], LicenceObservation]
NEEDED, DAYS = ("number", "name"), ("issued", "valid_from", "valid_to")


def licence_mapper(language: Language, mapping: LicenceMapping, times: Times) -> ObserveLicence:
    """A function (row, dated) that gives what a platform's licence row says. Raises Drifted."""
    places = {name: place for name, place in mapping.facts.model_dump().items() if place}
    updated, state, states = places.pop("updated"), mapping.state.by, mapping.state.table
    read = reader(language, [updated, state, *places.values()])

    def value_of(name: str, place: str, value: Any) -> Any:
        if name in DAYS:
            return day_of(value, place, times)
        return word_of(value, place) if name in NEEDED else text_of(value, place)

    def observe(row: Any, dated: Micros) -> LicenceObservation:
        when, word, *found = read(row)
        stands = states.get(word_of(word, state))
        if stands is None:
            raise Drifted(f"{state} is a word that the description does not know")
        values = {
            name: value_of(name, place, value) for (name, place), value in zip(places.items(), found, strict=True)
        }
        stamp = stamp_of(when, updated, times)
        return LicenceObservation(Licence(**values, state=stands, updated=micros(stamp.at) if stamp else 0), dated)

    return observe
