"""What the shell refuses.

WebPageError
└── FormTargetMalformed     our bug: a form target that is no origin, and would be read as another directive
"""


class WebPageError(Exception):
    """A page cannot be served as asked."""


class FormTargetMalformed(WebPageError):
    pass
