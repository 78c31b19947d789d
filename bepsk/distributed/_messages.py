"""What engines that move bytes from each worker to each other have in common."""

import pickle

from bepsk.training import Workers


class MessageWorkers(Workers):
    """Workers that send pickles; a subclass supplies `swap`."""

    def swap(self, messages):
        """Send each worker a message, and wait for what the others send here.

        Parameters
        ----------
        messages : list of bytes
            The message for each worker, in the order of ranks; for this one it is empty.

        Returns
        -------
        messages : list of bytes
            What each worker has sent to this one, in the order of ranks.
        """
        raise NotImplementedError

    def exchange(self, part):
        """Send an object to all workers, and wait for theirs, see `Workers`."""
        return self._swap(part, [pickle.dumps(part, pickle.HIGHEST_PROTOCOL)] * self.size)

    def deal(self, what, parts):
        """Send each worker its part, and no other, see `Workers`."""
        parts = [(what, part) for part in parts]
        mine, parts[self.rank] = parts[self.rank], None
        return self.parts_of(
            self._swap(mine, [pickle.dumps(part, pickle.HIGHEST_PROTOCOL) for part in parts])
        )

    def _swap(self, mine, messages):
        messages[self.rank] = b""
        received = self.swap(messages)
        ranks = range(self.size)
        return [mine if r == self.rank else pickle.loads(received[r]) for r in ranks]
