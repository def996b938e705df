"""Every message that may stand in an inbox, a file for each receiver. Frozen; they carry values and addresses only.

fit.py marks those that a full inbox takes too.
"""
