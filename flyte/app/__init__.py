"""Apps: programs that go on serving. They are declared here, and checked; this version cannot serve them yet."""

from flyte.app.environment import AppEnvironment
from flyte.app.parameters import AppEndpoint, ArtifactValue, Parameter, RunOutput
from flyte.app.settings import Domain, Link, Port, Scaling, Subdomain, Timeouts

__all__ = [
    "AppEndpoint",
    "AppEnvironment",
    "ArtifactValue",
    "Domain",
    "Link",
    "Parameter",
    "Port",
    "RunOutput",
    "Scaling",
    "Subdomain",
    "Timeouts",
]
