"""The control plane of gateway and policies: what `gateway_config/` declares, as AWS's operations read it.

| step | module |
|---|---|
| the operations, by method and path, and their parameters | `requests` |
| what there is, as AWS describes it | `declared` |
| Get, List and Create over that | `operations` |
| signature, permission, answer | `app` |

Nothing can be changed here: the files are changed, and the stack reads them. Create answers for what is declared
already and refuses everything else; Update and Delete are answered as unsupported. The token vault answers the
identity operations on the same port.
"""
