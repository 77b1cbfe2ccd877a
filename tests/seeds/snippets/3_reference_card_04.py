import flyte

env = flyte.TaskEnvironment(
    name="my-env",
    image=flyte.Image.from_debian_base().with_pip_packages("pandas", "scikit-learn"),
    limits=flyte.Resources(cpu="2", mem="4Gi"),
)
