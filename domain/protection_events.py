"""The events of a protected identity: that it is protected, who may open it, and that it is over, for ever."""

from typing import Annotated, Literal

from pydantic import Field

from domain.event import Event, StaffName

ProtectionKind = Literal["confidentiality_marking", "protected_registration"]
"""How a person is protected: *sekretessmarkering*, or the stronger *skyddad folkbokföring*."""

LARGEST_CIRCLE = 20
Readers = Annotated[tuple[StaffName, ...], Field(min_length=1, max_length=LARGEST_CIRCLE)]
"""The named people: at least one, or nobody could go on with the case, and few enough to be a circle."""


class IdentityProtected(Event):
    """The person's identity is protected: `readers`, and nobody else, may open what is sealed (AMB-37).

    `kind` says how, by the Public Access to Information and Secrecy Act (2009:400), chapters 21 and 22, or the
    Population Registration Act (1991:481), sections 16 and 17. A later one takes the place of an earlier one.
    """

    topic = "case.identity_protected"
    kind: ProtectionKind
    readers: Readers


class ProtectionLifted(Event):
    """The person's identity is protected no more, as the Tax Agency has it from that day (AMB-37)."""

    topic = "case.protection_lifted"


ProtectionEvent = IdentityProtected | ProtectionLifted
