"""What a plugin's package would declare: an app of its own kind."""

from dataclasses import dataclass, field

from flyte.app import AppEnvironment


@dataclass(eq=False, repr=False)
class VLLMAppEnvironment(AppEnvironment):
    """An app that serves a model."""

    model_hf_path: str = field(kw_only=True)
    model_id: str = field(kw_only=True)
