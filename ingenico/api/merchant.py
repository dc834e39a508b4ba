"""Everything that Connect can be asked for one account."""

from ingenico.accounts import AccountCredentials
from ingenico.api.captures import CapturesApi
from ingenico.api.disputes import DisputesApi
from ingenico.api.hosted_checkouts import HostedCheckoutsApi
from ingenico.api.mandates import MandatesApi
from ingenico.api.payments import PaymentsApi
from ingenico.api.refunds import RefundsApi
from ingenico.api.services import ServicesApi
from ingenico.api.sessions import SessionsApi
from ingenico.api.tokens import TokensApi
from ingenico.client import ConnectClient


class Merchant:
    """One account at Connect: `await merchant.payments.get("…")`."""

    def __init__(self, client: ConnectClient, credentials: AccountCredentials) -> None:
        self.payments = PaymentsApi(client, credentials)
        self.captures = CapturesApi(client, credentials)
        self.refunds = RefundsApi(client, credentials)
        self.tokens = TokensApi(client, credentials)
        self.mandates = MandatesApi(client, credentials)
        self.hosted_checkouts = HostedCheckoutsApi(client, credentials)
        self.sessions = SessionsApi(client, credentials)
        self.services = ServicesApi(client, credentials)
        self.disputes = DisputesApi(client, credentials)
