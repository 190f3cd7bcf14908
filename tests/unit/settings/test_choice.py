"""Settings are chosen from what the servers say and what the target's machine has to spare."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest

from pilotage.model.plan import BuildIndex, Cost, Plan, RefreshView, Step
from pilotage.model.preflight import End
from pilotage.model.run import ChosenSetting
from pilotage.model.settings import GivenSettings, SessionSettings
from pilotage.settings.choice import NAMES, Circumstances, ServerFacts, choose
from pilotage.settings.machine import Machine
from pilotage.settings.vector_builds import VectorIndex
from tests.catalogs import named, server

MB = 1024**2
GB = 1024**3

SERVER = ServerFacts(
    pid=1,
    maintenance_work_mem=64 * MB,
    work_mem=4 * MB,
    shared_buffers=128 * MB,
    workers=8,
    dynamic_shared_memory_type="posix",
    known=NAMES,
)
MACHINE = Machine(memory=16 * GB, cores=8, shared_memory=64 * MB)


def index(name: str, size: int, *, method: str = "btree", rows: int = 0) -> BuildIndex:
    return BuildIndex(
        id=f"index {name}",
        group="",
        reason="",
        index=named(name),
        table=named("items"),
        method=method,
        sql="",
        cost=Cost(rows=rows, bytes=size, weight=size),
    )


def hnsw(name: str, rows: int) -> tuple[BuildIndex, VectorIndex]:
    """An index that takes some 4,750 bytes a row."""
    facts = VectorIndex(
        name=named(name),
        method="hnsw",
        type="vector",
        dimensions=1000,
        m=16,
        lists=100,
        entries=rows,
        partial=False,
        bytes=rows * 5000,
        nulls=0,
    )
    return index(name, facts.bytes, method="hnsw", rows=rows), facts


def plan_of(*steps: Step) -> Plan:
    return Plan(
        pilotage="0",
        fingerprint="",
        source=server(),
        scope=("public",),
        preamble="",
        groups=(),
        steps=steps,
        edges=(),
        hazards=(),
    )


def circumstances(*steps: Step, vectors: tuple[VectorIndex, ...] = ()) -> Circumstances:
    return Circumstances(
        plan=plan_of(*steps),
        jobs=2,
        index_jobs=2,
        given=GivenSettings(),
        target=SERVER,
        target_version=180006,
        machine=MACHINE,
        vector_indexes=vectors,
        source_by_socket=False,
        target_by_socket=False,
    )


def of(settings: SessionSettings, name: str, end: End = End.TARGET) -> ChosenSetting:
    (setting,) = [each for each in settings.of(end) if each.name == name]
    return setting


def test_every_setting_has_one_reason_and_stands_once() -> None:
    chosen = choose(circumstances(RefreshView(id="v", group="", reason="", view=named("v"), sql="")))

    assert all(setting.reason and not setting.reason.endswith(".") for setting in chosen.settings)
    assert {setting.name for setting in chosen.settings} == set(NAMES)
    names = [(setting.end, setting.name) for setting in chosen.settings]
    assert len(set(names)) == len(names)


def test_the_source_is_read_from_the_first_block_on() -> None:
    chosen = choose(circumstances())

    assert of(chosen, "synchronize_seqscans", End.SOURCE).value == "off"
    assert 'SET "synchronous_commit"' not in chosen.sql_for(End.SOURCE)


def test_memory_for_sorting_is_no_more_than_helps() -> None:
    assert of(choose(circumstances(index("i", 100 * MB))), "maintenance_work_mem").value == f"{64 * 1024}kB"


def test_a_huge_index_is_sorted_in_one_pass() -> None:
    chosen = of(choose(circumstances(index("i", 16 * GB))), "maintenance_work_mem")

    assert chosen.value == f"{256 * 1024}kB"
    assert "one pass" in chosen.reason


def test_a_huge_index_gets_no_more_than_can_be_spared() -> None:
    at = circumstances(index("i", 64 * GB))
    chosen = of(
        choose(dataclasses.replace(at, machine=dataclasses.replace(MACHINE, memory=GB))),
        "maintenance_work_mem",
    )

    assert chosen.value == f"{256 * 1024}kB"
    assert "more than one pass" in chosen.reason


def test_the_servers_own_memory_is_never_lowered() -> None:
    at = circumstances()
    generous = msgspec.structs.replace(SERVER, maintenance_work_mem=3 * GB)
    at = dataclasses.replace(at, target=generous, machine=dataclasses.replace(MACHINE, memory=GB))

    assert of(choose(at), "maintenance_work_mem").value == f"{3 * 1024 * 1024}kB"


def test_a_graph_gets_what_it_needs_where_it_is_there() -> None:
    step, facts = hnsw("embedding", 500_000)

    (build,) = choose(circumstances(step, vectors=(facts,))).builds

    assert build.fits
    assert build.given == build.needed == pytest.approx(500_000 * 4750, rel=0.02)


def test_builds_in_flight_stay_within_the_memory_together() -> None:
    first, second, third = hnsw("a", 1_500_000), hnsw("b", 1_200_000), hnsw("c", 100_000)
    steps = [step for step, _ in (first, second, third)]
    vectors = tuple(facts for _, facts in (first, second, third))

    large, other, small = choose(circumstances(*steps, vectors=vectors)).builds

    assert not large.fits
    assert not other.fits
    assert large.given + other.given <= MACHINE.memory // 2
    assert small.fits


def test_one_build_at_a_time_gets_all_of_the_memory() -> None:
    step, facts = hnsw("a", 1_500_000)
    at = dataclasses.replace(circumstances(step, vectors=(facts,)), index_jobs=1)

    (build,) = choose(at).builds

    assert build.fits


def test_a_build_of_ivfflat_gets_what_it_fails_without() -> None:
    step, facts = hnsw("a", 1_500_000)
    facts = msgspec.structs.replace(facts, method="ivfflat", lists=20_000)
    step = msgspec.structs.replace(step, method="ivfflat")

    (build,) = choose(circumstances(step, vectors=(facts,))).builds

    assert build.needed > MACHINE.memory
    assert build.given == build.needed


def test_attaching_the_index_of_a_partition_needs_nothing() -> None:
    step, facts = hnsw("a", 1_500_000)
    step = msgspec.structs.replace(step, cost=Cost(weight=1))

    assert choose(circumstances(step, vectors=(facts,))).builds == ()


def test_of_a_machine_that_is_not_ours_shared_buffers_is_the_hint() -> None:
    step, facts = hnsw("a", 1_500_000)
    at = dataclasses.replace(
        circumstances(step, vectors=(facts,)),
        machine=None,
        target=msgspec.structs.replace(SERVER, shared_buffers=4 * GB),
    )

    chosen = choose(at)

    assert chosen.memory == 4 * GB
    assert "shared_buffers" in chosen.memory_from
    assert chosen.builds[0].given == 4 * GB - 64 * MB
    assert not any(each.name == "max_parallel_maintenance_workers" for each in chosen.settings)
    # How many workers, the server decides; and vectors count that lie outside of the table's own pages.
    assert "workers" not in chosen.sql_for_build(step.id)
    assert "min_parallel_table_scan_size TO '0'" in chosen.sql_for_build(step.id)


@pytest.mark.parametrize(
    ("cores", "in_flight", "workers"), [(8, 2, 3), (8, 1, 7), (2, 2, 0), (2, 1, 1), (64, 2, 8)]
)
def test_parallel_workers_are_the_cores_that_no_other_build_has(
    cores: int, in_flight: int, workers: int
) -> None:
    step = index("i", MB)
    at = dataclasses.replace(
        circumstances(step, index("j", MB)), machine=dataclasses.replace(MACHINE, cores=cores)
    )

    sql = choose(at).sql_for_build(step.id, in_flight=in_flight)

    assert f"max_parallel_maintenance_workers TO '{workers}';" in sql


def test_where_one_build_takes_most_of_the_time_it_has_the_cores() -> None:
    large, small = index("large", GB), [index(f"small {number}", MB) for number in range(9)]

    assert choose(circumstances(large, *small)).at_once == 1
    assert of(choose(circumstances(large, *small)), "max_parallel_maintenance_workers").value == "7"
    assert choose(circumstances(large, index("other", GB), *small)).at_once == 2
    assert choose(circumstances(*small)).at_once == 2


def test_a_graph_that_shared_memory_cannot_hold_is_built_by_one_process() -> None:
    step, facts = hnsw("a", 500_000)
    at = circumstances(step, vectors=(facts,))
    with_room = dataclasses.replace(at, machine=dataclasses.replace(MACHINE, shared_memory=8 * GB))

    assert "workers TO '0'" in choose(at).sql_for_build(step.id)
    assert "workers TO '7'" in choose(with_room).sql_for_build(step.id)
    # Vectors that lie outside of the table's own pages count, too.
    assert "min_parallel_table_scan_size TO '0'" in choose(with_room).sql_for_build(step.id)
    assert "min_parallel_table_scan_size" not in choose(at).sql_for_build(step.id)


def test_a_build_that_is_tried_again_keeps_its_memory() -> None:
    step, facts = hnsw("a", 500_000)
    at = circumstances(step, vectors=(facts,))
    with_room = dataclasses.replace(at, machine=dataclasses.replace(MACHINE, shared_memory=8 * GB))

    chosen = choose(with_room)

    again = chosen.sql_without_workers(step.id)
    assert again.startswith(chosen.sql_for_build(step.id))
    assert again.endswith("SET LOCAL max_parallel_maintenance_workers TO '0';\n")


def test_a_build_behind_a_large_one_has_the_usual_memory_again() -> None:
    (large, facts), small = hnsw("a", 500_000), index("b", MB)
    chosen = choose(circumstances(large, small, vectors=(facts,)))

    assert f"mem TO '{64 * 1024}kB'" not in chosen.sql_for_build(large.id)
    assert f"mem TO '{64 * 1024}kB'" in chosen.sql_for_build(small.id)


def test_what_the_user_gives_holds_for_every_build() -> None:
    step, facts = hnsw("a", 500_000)
    given = GivenSettings(target=(("maintenance_work_mem", "3GB"), ("statement_timeout", "1h")))
    at = dataclasses.replace(circumstances(step, vectors=(facts,)), given=given)

    chosen = choose(at)

    assert of(chosen, "maintenance_work_mem") == ChosenSetting(
        end=End.TARGET, name="maintenance_work_mem", value="3GB", reason="", given=True
    )
    assert of(chosen, "statement_timeout").value == "1h"
    assert of(chosen, "statement_timeout", End.SOURCE).value == "0"
    assert "maintenance_work_mem" not in chosen.sql_for_build(step.id)
    assert chosen.builds[0].given == 3 * GB


@pytest.mark.parametrize(
    ("text", "given"), [("1GB", GB), ("'2048MB'", 2 * GB), ("65536", 64 * MB), ("1.5 GB", 3 * GB // 2)]
)
def test_a_given_size_is_read_as_the_server_reads_it(text: str, given: int) -> None:
    step, facts = hnsw("a", 500_000)
    at = circumstances(step, vectors=(facts,))
    at = dataclasses.replace(at, given=GivenSettings(target=(("maintenance_work_mem", text),)))

    assert choose(at).builds[0].given == given


def test_a_socket_needs_no_keepalives() -> None:
    at = dataclasses.replace(circumstances(), target_by_socket=True)

    assert "keepalives" in choose(at).sql_for(End.SOURCE)
    assert "keepalives" not in choose(at).sql_for(End.TARGET)


def test_work_mem_is_for_materialized_views() -> None:
    assert not any(each.name == "work_mem" for each in choose(circumstances()).settings)
    view = RefreshView(id="v", group="", reason="", view=named("v"), sql="")
    assert of(choose(circumstances(view)), "work_mem").value == f"{64 * 1024}kB"
