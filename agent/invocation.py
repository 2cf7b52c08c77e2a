"""What may be posted to /invocations."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from agent.errors import RequestRefused

LONGEST_PROMPT = 8_000  # characters


class _Invocation(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Prompt(_Invocation):
    """A question."""

    type: Literal["prompt"]
    prompt: str = Field(min_length=1, max_length=LONGEST_PROMPT)


class Approve(_Invocation):
    """The athlete's decision about the write that waits under `id`."""

    type: Literal["approve"]
    id: str = Field(max_length=64)
    allow: bool


class Resume(_Invocation):
    """Ask again the question that waited for consent."""

    type: Literal["resume"]


Invocation = Annotated[Prompt | Approve | Resume, Field(discriminator="type")]
_INVOCATION: TypeAdapter[Prompt | Approve | Resume] = TypeAdapter(Invocation)


def read_invocation(payload: Any) -> Prompt | Approve | Resume:
    """Check a payload.

    Raises:
        RequestRefused: It is not one of the three.
    """
    try:
        return _INVOCATION.validate_python(payload)
    except ValidationError:
        raise RequestRefused from None  # the text of the error repeats the payload
