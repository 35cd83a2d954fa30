"""How the API is run: where it listens, whose tokens it takes, and its limits; from the environment.

`LIGGARE_OIDC_ISSUER` and `LIGGARE_OIDC_AUDIENCE` name the identity provider and this API as it knows it. The rest
has defaults that fit: `LIGGARE_HTTP_*` as the fields below are called.
"""

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from ledger.faults import LedgerFault

ISSUER = r"(?:https://[^/?#@\s]+|http://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?)(?:/[^?#\s]*)?"
"""Where an identity provider is, and its documents: over TLS, or on this machine."""
LONGEST_WAIT_SECONDS = 3.0
"""Less than the server has to end when it is told to: nobody waits for longer than that."""


class ProviderSettings(BaseSettings):
    """The identity provider (OpenID Connect): its issuer, this API's audience, and what its claims are called."""

    model_config = SettingsConfigDict(env_prefix="LIGGARE_OIDC_", frozen=True)

    issuer: str = Field(default="", pattern=f"^({ISSUER}|)$")
    audience: str = ""
    roles_claim: str = "roles"
    name_claim: str = "preferred_username"
    organisation_claim: str = "organisation_number"


class HttpSettings(BaseSettings):
    """The API's limits: bytes of a body, rows of a page, requests of one client a minute, seconds."""

    model_config = SettingsConfigDict(env_prefix="LIGGARE_HTTP_", frozen=True)

    largest_body: int = Field(default=1_000_000, ge=1_000)
    requests_a_minute: int = Field(default=600, ge=1)
    statement_seconds: float = Field(default=10.0, gt=0)
    longest_wait_seconds: float = Field(default=LONGEST_WAIT_SECONDS, ge=0, le=LONGEST_WAIT_SECONDS)
    threads: int = Field(default=32, ge=1)


def settings_of_environment() -> tuple[ProviderSettings, HttpSettings]:
    """Read the environment; raise `LedgerFault` naming the variable that is malformed."""
    try:
        prefix = "LIGGARE_OIDC_"
        provider = ProviderSettings()
        prefix = "LIGGARE_HTTP_"
        return provider, HttpSettings()
    except ValidationError as error:
        name = f"{prefix}{str(error.errors()[0]['loc'][0]).upper()}"
        raise LedgerFault(f"{name} is malformed; docs/api.md says what it may be") from None
