"""Every setting as people write it, read from the model itself."""

from collections.abc import Iterator

from pydantic import BaseModel

from pipeline.settings import Settings

NOT_OF_THE_MODEL = {
    "REELMILL_FAILPOINTS": "pipeline/failpoints.py, in tests only",
    "REELMILL_SECRETS": "pipeline/settings.py, where secrets lie as files",
    "REELMILL_URL": "cli/client.py",
}


def variables() -> dict[str, object]:
    """The names of the environment variables, and their defaults."""
    return dict(_walk(Settings, "REELMILL_"))


def _walk(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, object]]:
    for name, field in model.model_fields.items():
        variable = f"{prefix}{name.upper()}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _walk(field.annotation, f"{variable}__")
        else:
            yield variable, field.get_default(call_default_factory=True, validated_data={})
