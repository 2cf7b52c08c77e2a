"""AgentCore Policy on a laptop: Cedar decides about every call of a tool, by the files of `gateway_config`."""
