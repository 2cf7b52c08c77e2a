"""The offline coach: answers questions by rules, without a language model.

    vocabulary.py, dates.py, windows.py, routes_wish.py, free_text.py   words of a question become values
    reading.py, *intents.py, out_of_scope.py, request.py                a question becomes a request
    parts.py, *follow_up.py, earlier.py                                 several in one line; what was asked before
    first_calls.py, offered_tools.py, planner.py, calls.py              a request becomes tool calls
    composer.py, answers/                                               tool results become Markdown
    strands_model.py                                                    all of it as a Strands model

Everything but the last is pure and knows nothing of Strands.
"""
