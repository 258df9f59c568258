"""The one exception of the runtime."""


class Error(RuntimeError):
    """Something was refused: an artifact, a machine, an input.

    ``code``
        ``"E0704"``; ``treadle explain E0704`` has the long form.
    ``message``
        One sentence that names the file or the operand.
    ``exit_code``
        What a program that ends because of it should return.

    ``str(error)`` is the message with its code, and notes and help on lines of
    their own.
    """

    def __init__(self, code, message, rendered, exit_code):
        super().__init__(code, message, rendered, exit_code)
        self.code = code
        self.message = message
        self.rendered = rendered
        self.exit_code = exit_code

    def __str__(self):
        return self.rendered
