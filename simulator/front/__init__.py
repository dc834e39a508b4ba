"""Between the wire and the operations: signature, ordered faults, idempotence, schemas, the log of requests."""
