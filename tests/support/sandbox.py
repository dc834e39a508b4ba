"""The sandbox that workflow tests and replays run in: workflow code that touches the world fails there."""

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

# Imported anew for each payment without this; import rules guard the purity of what is passed through.
PASSED_THROUGH = ("payments", "activities", "pydantic", "pydantic_core", "iso4217", "rfc8785")


def sandbox() -> SandboxedWorkflowRunner:
    """Return the runner that keeps workflow code from touching the world."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return SandboxedWorkflowRunner(restrictions=restrictions)
