"""AgentCore Memory on a laptop: the events of conversations, in SQLite behind AWS's calls."""
