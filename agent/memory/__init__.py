"""What the coach remembers of a conversation when the process that held it is gone."""
