"""What can be wrong with the configuration.

ConfigError
├── ConfigUnreadable      a file is missing or not YAML
├── ConfigInvalid         a file does not have the shape it must have
└── PlaceholderUnknown    `${KIND:name}` names something nobody provides
"""


class ConfigError(Exception):
    """gateway_config cannot be used; the text names file and place."""


class ConfigUnreadable(ConfigError):
    pass


class ConfigInvalid(ConfigError):
    pass


class PlaceholderUnknown(ConfigError):
    pass
