"""How values of Python types travel; nothing here is loaded by `import flyte`."""
