"""Seeded campaigns of misfortune: runs that are killed, stopped and starved, recovered, and looked over.

See docs/chaos.md. `python -m tests.faults.chaos --runs 500` is the long one; tests/faults/test_chaos.py the short one.
"""
