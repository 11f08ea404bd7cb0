"""Settings for those who watch: logs, traces, alarms, the dashboard."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field


class OperationsSettings(BaseModel):
    """What is recorded, for how long, and who is told."""

    alarms: bool = True
    alarm_email: Annotated[str, Field(pattern=r"^([^@\s]+@[^@\s]+\.[^@\s]+)?$")] = ""
    alarm_idle_hours: Annotated[int, Field(ge=0, le=24)] = 24
    alarm_spend_usd_per_day: Annotated[float, Field(ge=0, le=1_000_000)] = 0
    dashboard: bool = True
    tracing: bool = False
    access_logs: bool = False
    log_retention_days: Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365] = 30
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
