"""Several server processes on one port: as many as there are processors, since each of them keeps one busy.

The first process begins the others and waits. It serves nobody itself: what it is told, it tells them.
"""

import ctypes
import os
import signal
import sys
from contextlib import suppress
from types import FrameType

PR_SET_PDEATHSIG = 1


def begin(processes: int) -> int:
    """Begin so many processes, and return in each of them which one it is, from 0.

    The one that began them never returns. Told to stop, it stops them all; where one of them ends by itself, the
    others are stopped too, so that whoever began it begins it anew, whole. Nothing may have been opened before.
    """
    begun: list[int] = []
    told: list[int] = []

    def pass_on(number: int, _: FrameType | None) -> None:
        told.append(number)
        for pid in begun:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    stops = (signal.SIGTERM, signal.SIGINT)
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)  # until all of them are there to be told
    for own in range(processes):
        pid = os.fork()
        if pid == 0:
            if sys.platform == "linux":  # elsewhere nobody is told of a parent that was killed
                ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            os.setpgid(0, 0)  # Ctrl-C is for the first process alone, or each would be told twice
            signal.pthread_sigmask(signal.SIG_UNBLOCK, stops)
            return own
        begun.append(pid)
    for number in stops:
        signal.signal(number, pass_on)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, stops)
    status = 0
    while begun:
        pid, ended = os.wait()
        begun.remove(pid)
        if not told:
            status = status or os.waitstatus_to_exitcode(ended) or 1
            pass_on(0, None)
    sys.exit(abs(status))
