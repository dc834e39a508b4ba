"""`python -m payments.explore [--mermaid]`: search every configuration; exit 1 when a rule does not hold."""

import argparse
import sys

from payments.explore.report import CONFIGURATIONS, lines, mermaid
from payments.explore.search import explore


def main() -> int:
    """Search, tell, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m payments.explore", description=__doc__)
    parser.add_argument("--mermaid", action="store_true", help="print the payment's states as a mermaid diagram")
    arguments = parser.parse_args()
    reports = []
    for configuration in CONFIGURATIONS:
        report = explore(configuration)
        reports.append(report)
        if not arguments.mermaid or not report.is_clean:
            sys.stdout.writelines(f"{line}\n" for line in lines(report))
            sys.stdout.flush()
    clean = all(report.is_clean for report in reports)
    if arguments.mermaid:
        sys.stdout.write(mermaid(change for report in reports for change in report.changes) + "\n")
    elif clean:
        states = sum(report.states for report in reports)
        sys.stdout.write(f"{states:>7} states in all; every rule holds in each; no dead end\n")
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
