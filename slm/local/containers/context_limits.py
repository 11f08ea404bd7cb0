"""How long a prompt and its answer may be, as a container is configured."""

from dataclasses import dataclass

from slm.errors import ContextLengthExceeded


class PromptTooLong(ContextLengthExceeded):
    """The prompt has more tokens than are allowed.

    Args:
        prompt_tokens: What came.
        allowed_tokens: What is allowed.
    """

    def __init__(self, prompt_tokens: int, allowed_tokens: int) -> None:
        super().__init__(
            f"request ({prompt_tokens} tokens) exceeds the available context size "
            f"({allowed_tokens} tokens)"
        )
        self.prompt_tokens = prompt_tokens
        self.allowed_tokens = allowed_tokens


class AnswerTooLong(ContextLengthExceeded):
    """The prompt and the answer that was asked for do not fit together.

    Args:
        prompt_tokens: Tokens of the prompt.
        answer_tokens: Tokens that the answer may have.
        allowed_tokens: What is allowed for both.
    """

    def __init__(self, prompt_tokens: int, answer_tokens: int, allowed_tokens: int) -> None:
        super().__init__(
            f"prompt ({prompt_tokens} tokens) and answer ({answer_tokens} tokens) exceed the "
            f"available context size ({allowed_tokens} tokens)"
        )
        self.prompt_tokens = prompt_tokens
        self.answer_tokens = answer_tokens
        self.allowed_tokens = allowed_tokens


@dataclass(frozen=True)
class ContextLimits:
    """What an engine counts before it works. llama.cpp counts the prompt alone.

    Attributes:
        max_input_tokens: Longest prompt.
        max_total_tokens: Longest prompt and answer together.
    """

    max_input_tokens: int
    max_total_tokens: int

    def hold_surely(self, body_bytes: int, answer_tokens: int) -> bool:
        """Whether a request fits without counting: a token has at least one byte."""
        return (
            body_bytes <= self.max_input_tokens
            and body_bytes + answer_tokens <= self.max_total_tokens
        )

    def check(self, prompt_tokens: int, answer_tokens: int) -> None:
        """Refuse what is too long.

        Args:
            prompt_tokens: Tokens of the prompt.
            answer_tokens: Tokens that were asked for; 0 where that was left open.

        Raises:
            ContextLengthExceeded: It is.
        """
        if answer_tokens and prompt_tokens + answer_tokens > self.max_total_tokens:
            raise AnswerTooLong(prompt_tokens, answer_tokens, self.max_total_tokens)
        if prompt_tokens > self.max_input_tokens:
            raise PromptTooLong(prompt_tokens, self.max_input_tokens)
