"""Where settings come from: options, variables, config files, defaults. Each value knows its origin."""
