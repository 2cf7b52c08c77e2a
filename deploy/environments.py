"""`environments.yaml`: the accounts that the system is deployed to, checked before anything is synthesised."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deploy.errors import EnvironmentIsAnExample, EnvironmentsInvalid

FILE: Final = Path(__file__).with_name("environments.yaml")
LOCAL_FILE: Final = Path(__file__).with_name("environments.local.yaml")
EnvironmentName = Literal["sandbox", "production"]
#: Accounts that belong to nobody: what the committed templates are made with.
EXAMPLE_ACCOUNTS: Final = frozenset({"000000000000", "111111111111", "222222222222"})

Account = Annotated[str, Field(pattern=r"^\d{12}$")]
Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]


class KnownAfterFirstDeployment(BaseModel):
    """What AWS generates and another resource must name: read off the outputs once, then deployed again.

    Attributes:
        gateway_url: Second audience of the gateway, for foreign clients (RFC 8707).
        callback_urls: Where the token vault takes codes back, by credential provider (`gateway-federation`, ...).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    gateway_url: str | None = None
    callback_urls: dict[str, str] = Field(default_factory=dict)


class Environment(BaseModel):
    """One account.

    Attributes:
        domain_name: Public name; the page where consents land is `consent.` below it.
        hosted_zone_id: Route 53 zone of the domain name.
        retain_data: Whether tables, keys and logs stay when their stack is destroyed.
        private_apis: Whether the team APIs have a private endpoint only.
        countries: ISO 3166-1 codes from which the public doors are open.
        repository: GitHub `owner/name` whose workflow may deploy here.
        alarm_email: Who is told; None for nobody.
        model: The coach's model, as in COACH_MODEL.
        code_interpreter: Whether an AgentCore Code Interpreter is made.
        browser: Whether an AgentCore Browser is made.
        iam_runtime: Whether there is a second coach for callers with an execution role (SigV4).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: EnvironmentName
    account: Account
    region: Region
    domain_name: Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]
    hosted_zone_id: Annotated[str, Field(pattern=r"^Z[A-Z0-9]+$")]
    retain_data: bool
    log_retention_days: Literal[30, 90, 180, 365, 731]
    private_apis: bool
    countries: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...] = Field(min_length=1)
    repository: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
    alarm_email: str | None
    model: str
    code_interpreter: bool = True
    browser: bool = True
    iam_runtime: bool = False
    known_after_first_deployment: KnownAfterFirstDeployment = KnownAfterFirstDeployment()

    @property
    def is_example(self) -> bool:
        """Whether this is nobody's account."""
        return self.account in EXAMPLE_ACCOUNTS


class Organization(BaseModel):
    """The management account of the organization."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account: Account
    region: Region
    target_id: Annotated[str, Field(pattern=r"^(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32}|\d{12})$")]


class Environments(BaseModel):
    """Both accounts and the one above them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    organization: Organization
    sandbox: Environment
    production: Environment

    def named(self, name: EnvironmentName) -> Environment:
        return self.sandbox if name == "sandbox" else self.production


def read_environments(file: Path = FILE) -> Environments:
    """Reads and checks the file.

    Raises:
        EnvironmentsInvalid: It is missing, not YAML, or does not fit; every place that does not is named.
    """
    try:
        content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
        for name in ("sandbox", "production"):
            content[name] = {"name": name, **content[name]}
        return Environments.model_validate(content)
    except ValidationError as error:
        places = (".".join(map(str, one["loc"])) + ": " + one["msg"] for one in error.errors(include_input=False))
        raise EnvironmentsInvalid(f"{file.name}: " + "; ".join(places)) from error
    except (OSError, yaml.YAMLError, TypeError, KeyError) as error:
        raise EnvironmentsInvalid(f"{file.name}: {error}") from error


def require_real(environment: Environment) -> None:
    """Refuses an account that is an example.

    Raises:
        EnvironmentIsAnExample: See above.
    """
    if environment.is_example:
        raise EnvironmentIsAnExample(environment.name, environment.account)
