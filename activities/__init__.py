"""The side effects a workflow asks for: one class per set of collaborators, one method per effect."""
