"""The state of automations: definitions, revisions and runs."""

from automations.models.automation import Automation, Revision
from automations.models.enrollment import Enrollment, StepRun

__all__ = ["Automation", "Enrollment", "Revision", "StepRun"]
