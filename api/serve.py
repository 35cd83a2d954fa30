"""`liggare serve`: the API over HTTP, until it is told to stop."""

import os
import socket
import threading
import time
from importlib.metadata import version
from ipaddress import ip_address
from typing import Annotated

from cyclopts import Parameter

from api import printing
from api.projections import keep_up
from ledger.faults import InputFault, LedgerFault
from ledger.opening import open_ledger
from ledger.settings import Settings

BACKLOG = 512
MOST_PROCESSES = 64
AGAIN_SECONDS = 5
"""After that the projections are gone on with, where something stopped their keeping."""


def serve(
    *,
    host: Annotated[str, Parameter(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, Parameter(help="The port; 0 takes a free one.")] = 8000,
    projections: Annotated[
        bool, Parameter(negative="", help="Keep the projections up here too, where no other process does.")
    ] = False,
    processes: Annotated[
        int, Parameter(help="How many processes serve; as many as there are processors, at the most.")
    ] = 1,
    demo: Annotated[
        bool,
        Parameter(
            negative="",
            help="Let fictional people of `make demo` sign in, at /demo; keeps the projections up too.",
        ),
    ] = False,
) -> None:
    """Serve the API over HTTP until it is told to stop; what runs then is finished.

    Tokens are those of the OpenID Connect provider that LIGGARE_OIDC_ISSUER and LIGGARE_OIDC_AUDIENCE name.
    """
    from api.http.app import make_app  # noqa: PLC0415 - other commands start without all this
    from api.http.desk import House  # noqa: PLC0415
    from api.http.limits import Rates  # noqa: PLC0415
    from api.http.logs import configure_logs  # noqa: PLC0415
    from api.http.processes import begin  # noqa: PLC0415
    from api.http.server import run  # noqa: PLC0415
    from api.http.settings import settings_of_environment  # noqa: PLC0415
    from api.http.telemetry import start_telemetry  # noqa: PLC0415
    from api.http.tokens import provider_of  # noqa: PLC0415

    named, limits = settings_of_environment()
    settings = Settings.of_environment()
    _check(host, port, settings, demo=demo)
    if not 1 <= processes <= MOST_PROCESSES or (demo and processes > 1):
        raise InputFault(f"--processes: from 1 to {MOST_PROCESSES}; the demo is one")
    provider = None if demo else provider_of(named)
    listening, own_number = _listen(host, port), 0
    if processes > 1:
        # Each listens by itself on the one port, so that the system spreads connections evenly over them.
        port = listening.getsockname()[1]
        listening.close()
        own_number = begin(processes)
        listening = _listen(host, port, shared=True)
    with listening, open_ledger(settings, limits.statement_seconds) as ledger:
        base = f"http://{_in_url(host)}:{listening.getsockname()[1]}"
        routers = []
        if provider is None:
            from api.http.demo import DemoProvider, demo_people, demo_router  # noqa: PLC0415

            keep_up(ledger, printing.fault, once=True)  # who has most cases is read from them
            own = DemoProvider(base, demo_people(ledger))
            provider, routers = own.provider(), [demo_router(own)]
        configure_logs()
        start_telemetry(version("liggare"))
        if (projections or demo) and own_number == 0:
            threading.Thread(target=_keep_projections, args=(settings,), daemon=True).start()
        provider.prepare()
        app = make_app(House(ledger, provider, limits, Rates(limits.requests_a_minute)), routers)
        if demo:
            from api.http.demo import ThisMachine  # noqa: PLC0415

            app.add_middleware(ThisMachine)
        if own_number == 0:
            printing.line(f"Listening on {base}" + (f"; sign in at {base}/demo" if demo else ""))
        run(app, listening, BACKLOG)


def _check(host: str, port: int, settings: Settings, *, demo: bool) -> None:
    """Raise `InputFault` for no address, and where the demo would let people in to a real ledger, or from afar."""
    if not 0 <= port < 2**16:
        raise InputFault(f"--port: from 0 to {2**16 - 1}")
    try:
        address = ip_address(host)
    except ValueError:
        raise InputFault("--host: an IP address, such as 127.0.0.1") from None
    if demo and (not (settings.home / "demo").exists() or settings.database_url is not None):
        raise InputFault("this ledger has no fictional people to sign in as; run `make demo` first")
    if demo and not address.is_loopback:
        raise InputFault("the demo listens on this machine alone; leave --host out")


def _listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """Return a socket that listens, on an own or a shared port; raise `InputFault` where none can be had."""
    family = socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG, reuse_port=shared)
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise InputFault(
            f"can't listen on {host}, port {port}: {why}; choose another with --port or --host"
        ) from None


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _keep_projections(settings: Settings) -> None:
    """Keep the projections up beside the server, on connections of their own, for as long as it runs."""
    import structlog  # noqa: PLC0415

    log = structlog.get_logger("liggare.projections")
    while True:
        try:
            with open_ledger(settings) as ledger:
                keep_up(ledger, lambda text: log.warning("projections", told=text))
        except Exception as error:  # the server goes on, and says how far they are
            why = str(error) if isinstance(error, LedgerFault) else None
            log.error("projections", error=type(error).__name__, told=why)  # noqa: TRY400
        time.sleep(AGAIN_SECONDS)
