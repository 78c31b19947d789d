"""What engines that move bytes from each worker to each other have in common."""

import pickle
import struct

from bepsk.training import Workers

ALIGNMENT = 8
"""Of each array in a message, in bytes; that of the widest numbers that travel."""


class MessageWorkers(Workers):
    """Workers that send bytes; a subclass supplies `swap`."""

    def swap(self, messages):
        """Send each worker a message, and wait for what the others send here.

        Parameters
        ----------
        messages : list of bytes
            The message for each worker, in the order of ranks; for this one it is empty.

        Returns
        -------
        messages : list of buffers
            What each worker has sent to this one, in the order of ranks. Arrays of what is
            received are views of them.
        """
        raise NotImplementedError

    def exchange(self, part):
        """Send an object to all workers, and wait for theirs, see `Workers`."""
        return self._swap(part, [pack(part) if self.size > 1 else b""] * self.size)

    def deal(self, what, parts):
        """Send each worker its part, and no other, see `Workers`."""
        ranks = range(self.size)
        messages = [b"" if r == self.rank else pack((what, parts[r])) for r in ranks]
        return self.parts_of(self._swap((what, parts[self.rank]), messages))

    def _swap(self, mine, messages):
        messages[self.rank] = b""
        received = self.swap(messages)
        return [mine if r == self.rank else unpack(received[r]) for r in range(self.size)]


def pack(part):
    """Return a message that holds an object: each array is copied once.

    It begins with how many pieces there are, and their sizes. The first piece is a pickle without
    the arrays, which are the others.
    """
    arrays: list[pickle.PickleBuffer] = []
    pieces = [pickle.dumps(part, 5, buffer_callback=arrays.append), *(a.raw() for a in arrays)]
    sizes = list(map(len, pieces))
    filled: list = [struct.pack(f"<{len(sizes) + 1}q", len(sizes), *sizes)]
    for piece in pieces:
        filled += piece, bytes(-len(piece) % ALIGNMENT)
    return b"".join(filled)


def unpack(message):
    """Return the object of a message, whose arrays are views of it."""
    view = memoryview(message)
    (n_pieces,) = struct.unpack_from("<q", view)
    end, pieces = 8 * n_pieces + 8, []
    for size in struct.unpack_from(f"<{n_pieces}q", view, 8):
        pieces.append(view[end : end + size])
        end += size + -size % ALIGNMENT
    return pickle.loads(pieces[0], buffers=pieces[1:])
