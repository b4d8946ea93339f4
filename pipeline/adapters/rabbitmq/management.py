"""RabbitMQ's management API, where it can be reached: alarms, bindings, queues left over, policies."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import httpx

from pipeline.broker_settings import BrokerSettings
from pipeline.condition import Management
from pipeline.topology import DELIVERY_LIMIT, Binding, Queue, Topology

_SECONDS = 5
_PREFIX = "reelmill."
_USUAL_PORTS = {"amqp": ("http", 15672), "amqps": ("https", 15671)}
Told = Mapping[str, Any]


class NotManaged(Exception):
    """Why it cannot be asked, in words without any password."""


async def looked_at(settings: BrokerSettings, topology: Topology) -> Management:
    """Of any node: each tells of all. Raises NotManaged, with what the last of them said."""
    for address in settings.addresses[1:]:
        with suppress(NotManaged):
            return await _looked_at(settings, address, topology)
    return await _looked_at(settings, settings.addresses[0], topology)


async def _looked_at(settings: BrokerSettings, address: str, topology: Topology) -> Management:
    vhost = quote(unquote(urlsplit(address).path.removeprefix("/")) or "/", safe="")
    async with _client(settings, address) as http:
        nodes = await _asked(http, "/api/nodes")
        queues = await _asked(http, f"/api/queues/{vhost}")
        bindings = await _asked(http, f"/api/bindings/{vhost}")
    return Management(
        alarms=tuple(_alarms(nodes)),
        down=tuple(_down(nodes)),
        unbound=tuple(queue.name for queue in topology.queues if not _is_bound(queue, bindings)),
        left_over=_left_over(queues, topology),
        ack_timeout=_ack_timeout(queues, topology),
    )


def _client(settings: BrokerSettings, address: str) -> httpx.AsyncClient:
    broker = urlsplit(address)
    given = settings.management_url
    scheme, port = _USUAL_PORTS.get(broker.scheme, _USUAL_PORTS["amqp"])
    url = urlsplit(given.get_secret_value() if given else f"{scheme}://{broker.hostname}:{port}")
    user, password = (url.username, url.password) if url.username else (broker.username, broker.password)
    return httpx.AsyncClient(
        base_url=f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}",
        auth=(unquote(user or "guest"), unquote(password or "guest")),
        timeout=_SECONDS,
        trust_env=False,  # a proxy that the environment names is for other places
    )


async def _asked(http: httpx.AsyncClient, path: str) -> list[Told]:
    where = f"{http.base_url.host}:{http.base_url.port}"
    try:
        answer = await http.get(path)
    except httpx.HTTPError as error:
        raise NotManaged(
            f"its management API does not answer at {where} ({type(error).__name__})."
        ) from error
    if answer.status_code in {401, 403}:
        raise NotManaged("its management API lets this user not in: give it the tag `monitoring`.")
    try:
        told = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise NotManaged(f"what answers at {where} is no management API.") from error
    return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []


def _alarms(nodes: Iterable[Told]) -> Iterator[str]:
    for node in nodes:
        if node.get("mem_alarm"):
            yield f"{node['name']} is short of memory"
        if node.get("disk_free_alarm"):
            yield f"{node['name']} is short of disk"


def _down(nodes: Iterable[Told]) -> Iterator[str]:
    for node in nodes:
        if node.get("running") is False:
            yield f"{node['name']} of the cluster is down"
        if node.get("partitions"):
            yield f"{node['name']} does not see {', '.join(map(str, node['partitions']))}"


def _is_bound(queue: Queue, bindings: Iterable[Told]) -> bool:
    there = [binding for binding in bindings if binding.get("destination") == queue.name]
    return all(any(_is_same(wanted, found) for found in there) for wanted in queue.bindings)


def _is_same(wanted: Binding, found: Told) -> bool:
    named = (found.get("source"), found.get("routing_key"))
    return named == (wanted.exchange, wanted.routing_key) and found.get("arguments") == dict(wanted.arguments)


def _left_over(queues: Iterable[Told], topology: Topology) -> dict[str, int]:
    declared = {queue.name for queue in topology.queues}
    ours = (queue for queue in queues if str(queue.get("name", "")).startswith(_PREFIX))
    return {queue["name"]: int(queue.get("messages") or 0) for queue in ours if queue["name"] not in declared}


def _ack_timeout(queues: Iterable[Told], topology: Topology) -> timedelta | None:
    work = {queue.name for queue in topology.queues if _is_work(queue)}
    set_for = [limit for queue in queues if queue.get("name") in work for limit in _timeouts(queue)]
    return min((timedelta(milliseconds=limit) for limit in set_for), default=None)


def _is_work(queue: Queue) -> bool:
    return queue.arguments.get("x-delivery-limit") == DELIVERY_LIMIT


def _timeouts(queue: Told) -> Iterator[int]:
    """An argument of the queue, or a policy; RabbitMQ 3.10 knows neither, and says `[]` for no policy."""
    for told, name in (
        ("arguments", "x-consumer-timeout"),
        ("effective_policy_definition", "consumer-timeout"),
    ):
        said = queue.get(told)
        if isinstance(said, dict) and isinstance(said.get(name), int):
            yield said[name]
