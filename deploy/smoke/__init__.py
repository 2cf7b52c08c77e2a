"""What is tried after a deployment: the whole system from outside, as a person's programs reach it."""
