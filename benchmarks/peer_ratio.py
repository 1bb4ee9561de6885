"""The model's choice–queue–delivery kernel against an idiomatic Mesa version of it."""

from __future__ import annotations

from dataclasses import fields
from statistics import median

from alliance_abm.scenario import Scenario
from benchmarks.clock import MILLI, in_turns, watched
from benchmarks.mesa_peer import PEER_VERBS, MesaPeer
from benchmarks.readings import Reading, Section
from benchmarks.replay import Magnitudes, Replay, record
from benchmarks.verbs import kernel_schedule, watched_run


def model_kernel(scenario: Scenario) -> float:
    """CPU seconds of the model's kernel in one run."""
    return sum(watched_run(scenario, kernel_schedule())[1].seconds().values())


def peer_kernel(replay: Replay) -> tuple[float, Magnitudes]:
    """CPU seconds of the peer's kernel in one run, and what the run came to."""
    peer = MesaPeer(replay)
    with watched({verb: (MesaPeer, verb) for verb in PEER_VERBS}) as times:
        peer.run()
    return sum(times.seconds().values()), peer.magnitudes()


def measure_peer(scenario: Scenario, repeats: int) -> Section:
    """Ratio of the kernels, and how alike their work was."""
    replay = record(scenario)
    model_kernel(scenario)
    found: list[Magnitudes] = []

    def peer() -> float:
        seconds, magnitudes = peer_kernel(replay)
        found.append(magnitudes)
        return seconds

    cases = {"model": lambda: model_kernel(scenario), "peer": peer}
    seconds = in_turns(cases, repeats)
    ratios = [peer / model for peer, model in zip(seconds["peer"], seconds["model"], strict=True)]
    readings = [
        Reading(f"{name} kernel", min(times) * MILLI, "ms", {"median": median(times) * MILLI})
        for name, times in seconds.items()
    ]
    least = min(seconds["peer"]) / min(seconds["model"])
    readings.append(Reading("peer ratio", least, "×", {"median": median(ratios)}))
    readings += [
        Reading(
            item.name.replace("_", " "),
            getattr(found[0], item.name),
            "peer",
            {"model": getattr(replay.magnitudes, item.name)},
        )
        for item in fields(Magnitudes)
    ]
    sellers = sum(bool(one) for one in replay.start.lines["sells_abroad"])
    domains = len(replay.world.domains)
    how = (
        f"CPU time of quoting, choice, queues, order books, production and adaptation over "
        f"{len(replay.conditions)} quarters, {len(replay.world.nations)} buyers, {domains} "
        f"domains, {sellers / domains:.0f} suppliers a domain; least of {repeats} runs of each in "
        "turns. The peer is plain Python with AgentSets, faces the model's requirements, money and "
        "beliefs quarter by quarter, and draws its own random numbers."
    )
    return Section("Against idiomatic Mesa", how, readings)
