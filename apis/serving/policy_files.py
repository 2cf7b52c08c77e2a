"""The Cedar files of the APIs: read once, with the pool's id where they have ``${POOL}``."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from apis.serving.errors import PolicyFilesInvalid
from apis.serving.gateway_event import action_name
from identity.errors import AmbiguousJson
from identity.strict_json import loads
from identity.token_mapping import TokenMapping

NAMESPACE: Final = "Coach"
ACTION: Final = f"{NAMESPACE}::Action"
API: Final = f"{NAMESPACE}::Api"
USER: Final = f"{NAMESPACE}::User"
GROUP: Final = f"{NAMESPACE}::UserGroup"

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}?")
# A pool of the laptop, or of Cognito (CreateUserPool: `[\w-]+_[0-9a-zA-Z]+`). No character that Cedar could read.
_POOL = re.compile(r"[A-Za-z0-9_-]{1,55}")


@dataclass(frozen=True, slots=True)
class PolicyFiles:
    """Policies and schema as texts, the same that a policy store on AWS is filled with.

    Attributes:
        policies: Cedar text without placeholders.
        schema: In Cedar's JSON format, which is the only one that PutSchema takes.
        mapping: What the identity source of the policy store would say.
        actions: Names of all actions, such as ``get /routes/{route_id}``.
    """

    policies: str
    schema: str
    mapping: TokenMapping
    actions: frozenset[str]

    @classmethod
    def read(cls, folder: Path, pool: str) -> Self:
        """Reads ``*.cedar`` and ``schema.json``.

        Raises:
            PolicyFilesInvalid: A file is missing, or see `from_texts`.
        """
        try:
            texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.cedar"))]
            schema = (folder / "schema.json").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as err:
            raise PolicyFilesInvalid(f"cannot read the policies in {folder}") from err
        return cls.from_texts("\n".join(texts), schema, pool)

    @classmethod
    def from_texts(cls, policies: str, schema: str, pool: str) -> Self:
        """Fills the placeholders.

        Raises:
            PolicyFilesInvalid: A placeholder is unknown, the pool's id is none, or the schema lacks what we need of it.
        """
        namespace = _namespace(schema)
        try:
            claims = frozenset(namespace["commonTypes"]["AccessToken"]["attributes"])
            actions = frozenset(namespace["actions"])
        except (KeyError, TypeError) as err:
            raise PolicyFilesInvalid(f"schema.json lacks {err}") from err
        mapping = TokenMapping(pool=pool, user_type=USER, group_type=GROUP, declared=claims)
        return cls(with_pool(policies, pool), schema, mapping, actions)

    def require_actions(self, operations: Iterable[tuple[str, str]]) -> None:
        """Refuses to start an API with an operation that the schema does not know: it could never be allowed.

        Raises:
            PolicyFilesInvalid: Naming the operations.
        """
        missing = {action_name(method, template) for method, template in operations} - self.actions
        if missing:
            raise PolicyFilesInvalid(f"schema.json lacks the actions {sorted(missing)}")


def with_pool(policies: str, pool: str) -> str:
    """The Cedar text of one pool. The id is checked first: it becomes part of a program (P12).

    Raises:
        PolicyFilesInvalid: Not a pool's id, or a placeholder other than ``${POOL}``.
    """
    if not _POOL.fullmatch(pool):
        raise PolicyFilesInvalid("the pool's id has characters that no pool's id has")
    unknown = {match[0] for match in _PLACEHOLDER.finditer(policies)} - {"${POOL}"}
    if unknown:
        raise PolicyFilesInvalid(f"nothing is known for {sorted(unknown)}")
    return policies.replace("${POOL}", pool)


def _namespace(schema: str) -> Any:
    try:
        return loads(schema)[NAMESPACE]
    except (AmbiguousJson, KeyError, TypeError) as err:
        raise PolicyFilesInvalid(f"schema.json is not a schema of {NAMESPACE}: {err}") from err
