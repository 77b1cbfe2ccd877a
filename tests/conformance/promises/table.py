"""The table: one row per promise, in the order in which they are given."""

from tests.conformance.promises.cache import CACHE, PLAN
from tests.conformance.promises.endurance import RETRIES, TRACES
from tests.conformance.promises.flow import FLOW
from tests.conformance.promises.limits import LIMITS
from tests.conformance.promises.people import PEOPLE
from tests.conformance.promises.recovery import RECOVERY
from tests.conformance.promises.refusals import BAD_INPUT

TABLE = (*CACHE, *PLAN, *RETRIES, *LIMITS, *TRACES, *RECOVERY, *PEOPLE, *FLOW, *BAD_INPUT)
