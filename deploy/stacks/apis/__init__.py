"""The four team APIs: REST API, function, authorizer and policies of each."""

from deploy.stacks.apis.stack import ApisStack

__all__ = ["ApisStack"]
