"""What a plan cannot be made for."""

from slm.wrong_usage import WrongUsage


class PlanError(WrongUsage):
    """The model, the hardware or a number is not one that can be planned with."""
