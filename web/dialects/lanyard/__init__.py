"""Phineas/lanyard, its REST and its socket (spec/lanyard.md; HEAD 76b88a4)."""
