"""What the ledger costs, measured: ratios first, then rates. Run as `python -m benchmarks.bench [--long]`.

`--long` reads a file of 300 MB as well, and projects a million events. What is measured, and what limits it,
stands in docs/performance.md.
"""

import sys

from benchmarks.assessments import print_assess_rate
from benchmarks.bundles import print_bundle_seconds
from benchmarks.commands import case_seconds, command_rate
from benchmarks.databases import durable_server, new_database, new_ledger, print_machine
from benchmarks.declarations import LONG, STATEMENTS, declaration_rate
from benchmarks.http import print_http_rates
from benchmarks.imports import import_rate
from benchmarks.projections import projection_rates
from benchmarks.proofs import print_proof_costs
from benchmarks.redeciding import print_redecide_rate
from benchmarks.store import store_rate

HUNDRED_THOUSAND, MILLION = 100_000, 1_000_000


def main() -> None:
    """Print every measurement."""
    with durable_server() as server:
        print_machine(server)
        with new_database(server) as database, new_ledger(database) as ledger:
            store_rate(database, ledger)
            command_rate(database, ledger)
            case_seconds(ledger)
        print_http_rates(server)
        import_rate(server)
        print_redecide_rate(server)
        print_bundle_seconds(server)
        events = MILLION if "--long" in sys.argv[1:] else HUNDRED_THOUSAND
        print_proof_costs(server, events)
        projection_rates(server, events)
    declaration_rate(LONG if "--long" in sys.argv[1:] else STATEMENTS)
    print_assess_rate()


if __name__ == "__main__":
    main()
