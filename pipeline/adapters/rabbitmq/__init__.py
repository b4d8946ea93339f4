"""The bus on RabbitMQ; the only place that knows aio-pika."""

from pipeline.adapters.rabbitmq.bus import RabbitBus

__all__ = ["RabbitBus"]
