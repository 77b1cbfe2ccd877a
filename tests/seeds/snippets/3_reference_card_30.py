image = flyte.Image.from_dockerfile(
    name="my-image",
    dockerfile="./Dockerfile",
    context=".",
)
