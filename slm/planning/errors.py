"""What a plan cannot be made for."""

from slm.errors import SlmError


class PlanError(SlmError):
    """The model, the hardware or a number is not one that can be planned with."""
