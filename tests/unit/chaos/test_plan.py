"""Plans follow from their seed, and from nothing else."""

from collections import Counter

from chaos import plan

PROCESSES = ("api-1", "worker-1", "relay-1")
SERVERS = ("broker", "store", "database")


def test_the_same_seed_gives_the_same_plan() -> None:
    first, again = (plan.kills(7, 600, PROCESSES, SERVERS, 5, 60) for _ in range(2))

    assert first == again


def test_another_seed_gives_another_plan() -> None:
    assert plan.kills(7, 600, PROCESSES, SERVERS, 5, 60) != plan.kills(8, 600, PROCESSES, SERVERS, 5, 60)


def test_a_process_dies_every_so_often_and_each_server_in_its_turn() -> None:
    faults = plan.kills(7, 600, PROCESSES, SERVERS, 5, 60)

    killed = Counter(fault.target for fault in faults)
    assert sum(killed[name] for name in PROCESSES) == 120
    assert [killed[name] for name in SERVERS] == [4, 3, 3] or sum(killed[name] for name in SERVERS) == 10
    assert max(killed[name] for name in SERVERS) - min(killed[name] for name in SERVERS) <= 1


def test_faults_come_in_the_order_of_their_time() -> None:
    faults = plan.together(
        plan.kills(7, 60, PROCESSES, SERVERS, 5, 60), plan.bad_lines(7, 60, ("a-b",), 7, 3)
    )

    assert [fault.at for fault in faults] == sorted(fault.at for fault in faults)


def test_what_a_line_suffers_lasts_no_longer_than_asked() -> None:
    faults = plan.bad_lines(7, 600, ("api-store",), every=2, lasting=3)

    assert all(0 < fault.seconds <= 3 for fault in faults)
    assert {fault.kind for fault in faults} == {plan.DELAY, plan.SILENCE, plan.RESET, plan.CUT}
