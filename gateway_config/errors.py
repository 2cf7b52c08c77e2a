"""What can be wrong with the configuration.

ConfigError
├── ConfigUnreadable      a file is missing or not what its ending says
├── ConfigInvalid         a file does not have the shape it must have
└── PlaceholderUnknown    `${KIND:name}` names something nobody provides
"""


class ConfigError(Exception):
    """gateway_config cannot be used.

    Attributes:
        file: Relative to the folder; empty where the table as a whole is wrong.
        path: Place in the file, such as `targetConfiguration.mcp.mcpServer.endpoint`; empty for the whole file.
        what: What is wrong there.
    """

    def __init__(self, what: str, *, file: str = "", path: str = "") -> None:
        super().__init__(": ".join(part for part in (file, path, what) if part))
        self.file, self.path, self.what = file, path, what


class ConfigUnreadable(ConfigError):
    pass


class ConfigInvalid(ConfigError):
    pass


class PlaceholderUnknown(ConfigError):
    pass
