"""Hypothesis profiles: 200 examples in CI, 50 by default, both the same every time.

--hypothesis-profile=search looks further, --hypothesis-profile=release with 10,000 examples, as before a release.
"""

import os

from hypothesis import HealthCheck, settings

SLOW_MACHINES_ARE_NO_FAULT = (HealthCheck.too_slow,)

settings.register_profile("ci", max_examples=200, deadline=None, derandomize=True, suppress_health_check=SLOW_MACHINES_ARE_NO_FAULT)
settings.register_profile("quick", max_examples=50, deadline=None, derandomize=True, suppress_health_check=SLOW_MACHINES_ARE_NO_FAULT)
settings.register_profile("search", max_examples=2000, deadline=None, suppress_health_check=SLOW_MACHINES_ARE_NO_FAULT)
settings.register_profile("release", max_examples=10_000, deadline=None, suppress_health_check=SLOW_MACHINES_ARE_NO_FAULT)
settings.load_profile("ci" if os.environ.get("CI") else "quick")


def pytest_addoption(parser):
    parser.addoption("--kills", type=int, default=10, help="how often tests/test_faults.py kills a run; 200 before a release")
