"""One module for each family of answers; every number in an answer comes out of a tool result."""
