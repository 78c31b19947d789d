"""Work in child processes, whose crashes and hangs are results, too."""

import faulthandler
import multiprocessing

TIME_LIMIT = 60
"""Seconds until a task hangs; the start of the child is within."""


def watch(task, numbers):
    """Yield for each number what task(number) returns, or how it ended otherwise.

    Parameters
    ----------
    task : callable
        Takes a number. It can be pickled, and so can its result, which is no str.
    numbers : iterable of int

    Yields
    ------
    number : int
    outcome : object or str
        "hangs", or "exit" and the code with which the child died.
    """
    numbers = list(numbers)
    while numbers:
        for outcome in outcomes(task, numbers[:]):
            yield numbers.pop(0), outcome


def outcomes(task, numbers):
    """Yield the outcomes of one child, until all numbers are done or the child is dead."""
    processes = multiprocessing.get_context("spawn")
    ours, theirs = processes.Pipe(duplex=False)
    child = processes.Process(target=work, args=(theirs, task, numbers), daemon=True)
    child.start()
    theirs.close()
    for _ in numbers:
        if not ours.poll(TIME_LIMIT):
            child.kill()
            yield "hangs"
            break
        try:
            yield ours.recv()
        except EOFError:
            child.join()
            yield f"exit {child.exitcode}"
            break
    child.join()


def work(connection, task, numbers):
    """Send what each task returns: the work of the child."""
    faulthandler.enable()
    for number in numbers:
        connection.send(task(number))
