"""Numbers of an answer: exact inside, three decimals on the wire, because a reader pays for every digit."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer

DECIMALS = 3


def _rounded(value: float) -> float:
    return round(value, DECIMALS)


Rounded = Annotated[float, PlainSerializer(_rounded, return_type=float)]


class FrozenAnswer(BaseModel):
    """A part of an answer; computed once, never changed."""

    model_config = ConfigDict(frozen=True)
