# SPDX-License-Identifier: MIT
"""What stands before the application: service mode that was asked for, or software that has failed too often."""

from firmware.loader import Loan


def is_for_service() -> bool:
    """Does this start lead to the REPL? Its screen stands then. After too many faults it does not return."""
    with Loan("firmware.crash") as crash:
        is_hopeless = crash.is_hopeless()
    if is_hopeless:
        with Loan("firmware.safe_screen") as last_resort:
            last_resort.run()
    with Loan("firmware.service") as service:
        is_wanted = bool(service.is_wanted())
    if is_wanted:
        with Loan("firmware.service_screen") as screen:
            screen.show()
    return is_wanted
