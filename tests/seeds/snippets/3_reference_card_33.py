env = FastAPIAppEnvironment(
    name="scalable-api",
    scaling=flyte.app.Scaling(
        replicas=(0, 10),  # min, max
        scaledown_after=300,  # seconds idle before scale down
    ),
    # ...
)
