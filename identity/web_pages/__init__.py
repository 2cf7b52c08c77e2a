"""The shell of every page that people see: markup around the content, one style sheet, headers, escaping.

    page        a template in the shell, as a response with all the headers; `fragment` for what repeats inside it
    headers     Content-Security-Policy and the rest, for pages and, as ASGI middleware, for every other answer
    shown_text  text of strangers as HTML: nothing invisible, nothing that changes direction (A13)
    lookalikes  names that pass for other names (A13)

No script, no image, no font: a page is one answer, and its policy forbids everything but its own style sheet, by hash.
Who uses it keeps templates of their own beside their code. This package knows no OAuth.
"""
