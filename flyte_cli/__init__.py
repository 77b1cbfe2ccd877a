"""The tool: what people type. It may import `flyte`; nothing imports it."""
