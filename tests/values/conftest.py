"""Property tests are about values, not about how busy the machine is; `HYPOTHESIS_PROFILE=long` tries many more."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", settings.get_profile("unhurried"), max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "unhurried"))
