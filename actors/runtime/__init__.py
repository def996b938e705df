"""The two kinds of actor, and what they stand on: futures, mailboxes, the run queue, addresses.

`Actor` runs to completion inside gevent's hub and owns no greenlet; `WaitingActor` owns one and may wait. Both are
pykka actors: refs, tell, ask, stop, the registry and the hooks are pykka's. What differs from stock pykka, and why,
is said where it is done; the traps are listed in docs/runtime.md with the test that closes each.
"""

from actors.runtime.actor import Actor, WaitingActor
from actors.runtime.address import Address
from actors.runtime.future import Future
from actors.runtime.kin import Kin, handles
from actors.runtime.mailbox import Mailbox
from actors.runtime.mortal import told
from actors.runtime.run_queue import RunQueue

__all__ = ["Actor", "Address", "Future", "Kin", "Mailbox", "RunQueue", "WaitingActor", "handles", "told"]
