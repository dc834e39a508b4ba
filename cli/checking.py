"""The command that holds the ledger against itself."""

from cli.exits import Exit
from cli.output import AsJson, out, print_json
from cli.running import no_ledger, read_settings, run_alone
from ledger.check import faults
from ledger.database import UNAVAILABLE, open_database
from notify.receiver import Targets


def check(as_json: AsJson = False) -> None:
    """Fold every order's events again, and name what is kept, or waits in the outbox, and differs from them."""

    async def work() -> Exit:
        settings = read_settings()
        try:
            async with open_database(settings.ledger_url) as database:
                found = [fault async for fault in faults(database, notifies=Targets(settings.callback_receivers).has)]
        except (*UNAVAILABLE, ValueError) as away:
            raise no_ledger(away) from None
        if as_json:
            print_json(list(found))
        else:
            for fault in found:
                out.print(str(fault), markup=False)
            out.print(f"{len(found)} differ from the events." if found else "The ledger agrees with its events.")
        return Exit.FAILED if found else Exit.DONE

    run_alone(work, as_json=as_json)
