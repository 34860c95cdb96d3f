"""Errors: how a language model can fail, in the words a person in the conversation reads."""

from eliza.errors import ElizaError


class ModelError(ElizaError):
    """A model did not answer. ``transient`` says whether asking again may help."""

    status = 502
    code = "MODEL_ERROR"
    transient = False


class ModelUnreachable(ModelError):
    """No connection, a server fault at the provider, or too many requests."""

    code = "MODEL_UNREACHABLE"
    transient = True


class ModelTimedOut(ModelError):
    code = "MODEL_TIMED_OUT"
    transient = True


class ModelRefused(ModelError):
    """The provider understood and said no: a bad key, an unknown model, a rejected request."""

    code = "MODEL_REFUSED"


class PromptTooLong(ModelError):
    code = "PROMPT_TOO_LONG"


class AnswerCutOff(ModelError):
    """The stream broke after part of the answer had come."""

    code = "ANSWER_CUT_OFF"


class NoModel(ModelError):
    """Nothing configured serves the model type."""

    status = 501
    code = "MODEL_NOT_CONFIGURED"
