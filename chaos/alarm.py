"""A broker that has run out of memory: connections that publish are blocked, their acks too."""

import asyncio
import subprocess

from cli.local.rabbitmq import RabbitNode

_CTL = "/usr/lib/rabbitmq/bin/rabbitmqctl"
_USUAL = "0.4"


async def memory_alarm(node: RabbitNode, seconds: float) -> None:
    await asyncio.to_thread(_set, node, "0.00001")
    try:
        await asyncio.sleep(seconds)
    finally:
        await asyncio.to_thread(_set, node, _USUAL)


def _set(node: RabbitNode, share: str) -> None:
    command = (_CTL, "-n", node.server_program().environment["RABBITMQ_NODENAME"])
    told = (*command, "set_vm_memory_high_watermark", share)
    subprocess.run(told, env=dict(node.server_program().environment), check=True, capture_output=True)
