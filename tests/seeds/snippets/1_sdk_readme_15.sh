python maint_tools/build_default_image.py --registry ghcr.io/my-org --name my-flyte-image
