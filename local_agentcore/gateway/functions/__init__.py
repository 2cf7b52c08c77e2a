"""Lambda functions, locally Python callables `handler(event, context)`: targets, and what interceptors run on.

Which callable a function's name stands for is said by the composition; a configuration names no code.
"""
