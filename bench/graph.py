"""How long the dependency order of a very large schema takes: ``python bench/graph.py``."""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Callable

from pilotage.graph.feedback import WeightedEdge, minimum_feedback_set
from pilotage.graph.order import topological_order
from pilotage.graph.waves import analyse
from pilotage.model.names import QualifiedName

TABLES = 20_000
KEYS = 40_000

Edges = list[tuple[QualifiedName, QualifiedName]]


def main() -> None:
    names = [QualifiedName("public", f"table_{number:05}") for number in range(TABLES)]
    for title, make in SHAPES.items():
        edges = make(names, _chance())
        started = time.perf_counter()
        order = analyse(names, edges)
        seconds = time.perf_counter() - started
        tracemalloc.start()
        analyse(names, edges)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        print(
            f"{title:<28} {seconds:5.2f} s  {peak / 2**20:4.0f} MiB  {len(order.waves):>6} waves"
            f"  {len(order.cycles):>4} cycles  {len(order.blockers):>6} blockers"
        )
    edges = towards_earlier(names, _chance())
    started = time.perf_counter()
    topological_order(names, edges, key=lambda name: name.name[::-1])
    print(f"{'topological order':<28} {time.perf_counter() - started:5.2f} s")
    for size in (20, 40, 60, 80, 200, 1_000, 5_000):
        edges = anywhere(names[: size // 2], _chance(), size)
        started = time.perf_counter()
        feedback = minimum_feedback_set(WeightedEdge(*edge) for edge in edges)
        seconds = time.perf_counter() - started
        assert feedback is not None
        proof = "minimum" if feedback.is_minimum else "not proved"
        print(f"feedback set, {size:>5} edges    {seconds:5.2f} s  {len(feedback.edges):>4} broken, {proof}")


def towards_earlier(names: list[QualifiedName], chance: random.Random) -> Edges:
    return [(names[high], names[chance.randrange(high)]) for high in _picks(chance)]


def near_by(names: list[QualifiedName], chance: random.Random) -> Edges:
    return [(names[high], names[max(0, high - chance.randint(1, 20))]) for high in _picks(chance)]


def with_cycles(names: list[QualifiedName], chance: random.Random) -> Edges:
    back = [(names[low], names[low + chance.randint(1, 4)]) for low in range(0, TABLES - 5, 50)]
    return [*near_by(names, chance)[: KEYS - len(back)], *back]


def anywhere(names: list[QualifiedName], chance: random.Random, size: int = KEYS) -> Edges:
    return [(chance.choice(names), chance.choice(names)) for _ in range(size)]


def one_chain(names: list[QualifiedName], _: random.Random) -> Edges:
    skipping = zip(names[2:], names, strict=False)
    return [*zip(names[1:], names, strict=False), *skipping]


def one_cycle(names: list[QualifiedName], _: random.Random) -> Edges:
    return [(names[number], names[number - 1]) for number in range(TABLES)] * 2


def _chance() -> random.Random:
    return random.Random(0)


def _picks(chance: random.Random) -> list[int]:
    return [chance.randrange(1, TABLES) for _ in range(KEYS)]


SHAPES: dict[str, Callable[[list[QualifiedName], random.Random], Edges]] = {
    "towards any earlier table": towards_earlier,
    "towards a table near by": near_by,
    "near by, with cycles": with_cycles,
    "anywhere": anywhere,
    "one chain": one_chain,
    "one cycle": one_cycle,
}


if __name__ == "__main__":
    main()
