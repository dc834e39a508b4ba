"""What it costs, beside what else one would use: `make bench`."""
