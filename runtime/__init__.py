"""What a process needs before it does anything: settings, the clock, the Temporal connection, logs."""
