"""Everything at once: processes and servers are killed or stopped in their tracks, lines are slow, silent,
reset or cut, and the broker runs out of memory."""

from chaos import plan
from chaos.plan import Fault
from chaos.report import Outcome
from chaos.run import Options, a_run
from chaos.scenarios.kills import EACH, under

SECONDS = 300.0
_KILL_EVERY, _LINE_EVERY, _PAUSE_EVERY, _ALARM_EVERY = 8.0, 4.0, 15.0, 90.0
_LINE_SECONDS, _PAUSE_SECONDS, _ALARM_SECONDS = 5.0, 8.0, 10.0
"""A process is stopped for longer than its lease."""


async def storm(options: Options) -> Outcome:
    async with a_run(options) as run:
        seed, seconds = options.seed, options.seconds or SECONDS
        processes, servers = run.installation.names("api", "worker", "relay"), run.installation.servers
        alarms = [at for at in range(1, 1000) if at * _ALARM_EVERY < seconds]
        faults = plan.together(
            plan.kills(seed, seconds, processes, servers, _KILL_EVERY, EACH),
            plan.bad_lines(seed, seconds, tuple(run.installation.lines), _LINE_EVERY, _LINE_SECONDS),
            plan.pauses(seed, seconds, processes, _PAUSE_EVERY, _PAUSE_SECONDS),
            [Fault(at * _ALARM_EVERY, plan.ALARM, "broker", _ALARM_SECONDS) for at in alarms],
        )
        return await under(run, faults, seconds)
