"""The table: one row per promise, in the order in which they are given."""

from tests.conformance.promises.cache import CACHE, PLAN
from tests.conformance.promises.endurance import RETRIES, TRACES

TABLE = (*CACHE, *PLAN, *RETRIES, *TRACES)
