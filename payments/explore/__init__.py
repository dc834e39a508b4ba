"""Every reachable state of one payment, searched: the real rules, and failures anywhere.

`python -m payments.explore` prints how many states there are and that no rule of money is broken in any; with
`--mermaid` it prints the states of a payment as a diagram, drawn from what the search saw.

What the provider is taken to do: a request that its sender gave up, or whose sender died, is processed within the
quiet period or never; a lookup by reference lags the provider's books by less than the time between two looks; a key
is remembered until its wall.
"""

from payments.explore.report import CONFIGURATIONS, mermaid
from payments.explore.rules import Rules
from payments.explore.search import Report, Violation, explore
from payments.explore.world import Configuration

__all__ = ["CONFIGURATIONS", "Configuration", "Report", "Rules", "Violation", "explore", "mermaid"]
