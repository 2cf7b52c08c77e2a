"""AWS's own description of AgentCore, read once per process: clients and the local services share it."""

import threading
from functools import cache

from botocore.loaders import Loader
from botocore.model import ServiceModel

SERVICES = ("bedrock-agentcore", "bedrock-agentcore-control")
_reading = threading.Lock()


class AgentCoreLoader(Loader):
    """Botocore's loader, told which services there are: it would list some four hundred folders to find out.

    It reads the models that botocore ships and none from the home folder of whoever runs us.
    """

    def __init__(self) -> None:
        super().__init__(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)

    def list_available_services(self, type_name: str) -> list[str]:
        """The services we use; each of them has every type of model."""
        del type_name
        return list(SERVICES)


@cache
def model_loader() -> Loader:
    """The loader of this process, with everything it has read."""
    return AgentCoreLoader()


def service_model(service: str) -> ServiceModel:
    """The model of one service of `SERVICES`.

    Raises:
        botocore.exceptions.UnknownServiceError: Not one of them.
    """
    with _reading:
        document = model_loader().load_service_model(service, "service-2")
    return ServiceModel(document, service_name=service)
