"""What is said between a run and the processes that copy for it."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pilotage.connection import ConnectionParameters
from pilotage.execute.copier_process import parameters_of
from pilotage.execute.copy_orders import Way

texts = st.text(st.characters(codec="utf-8"))
maybe = st.one_of(st.none(), texts)
settings = st.dictionaries(texts, texts)


@given(
    parameters=st.builds(
        ConnectionParameters,
        host=texts,
        port=st.integers(1, 65535),
        user=texts,
        database=texts,
        password=maybe,
        hostaddr=maybe,
        settings=settings,
        ssl=settings,
        application_name=texts,
        connect_timeout=st.one_of(st.none(), st.floats(0, 1000)),
        patience=st.none(),
        warnings=st.just(()),
    )
)
def test_the_way_to_a_server_arrives_as_it_was(parameters: ConnectionParameters) -> None:
    arrived = msgspec.json.decode(msgspec.json.encode(Way.of(parameters)), type=Way)
    assert parameters_of(arrived) == parameters
