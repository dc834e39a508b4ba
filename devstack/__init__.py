"""The whole thing on one machine: embedded Temporal, simulator and worker as processes, the demo's stories."""
