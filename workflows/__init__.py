"""The order of things: `PaymentWorkflow`, one per order's payment. Deterministic; effects are in `activities/`."""
