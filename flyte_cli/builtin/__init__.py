"""Programs that come along: `flyte run hello`, and what runs a plain script. Each is a file as users write them."""
