"""The supervision tree: what it is made of as data (tree.py), and the actor that keeps it standing (supervisor.py)."""

from actors.supervision.supervisor import Supervisor
from actors.supervision.tree import Branch, Child, Excess, Restart, Strategy, draw, fixed

__all__ = ["Branch", "Child", "Excess", "Restart", "Strategy", "Supervisor", "draw", "fixed"]
