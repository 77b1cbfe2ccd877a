# Training task
@env.task
def train_model(data: DataFrame) -> File:
    model = train(data.to_pandas())
    model_path = "/tmp/model.pkl"
    save_model(model, model_path)
    return File(path=model_path)

# Serving app that uses training output
from flyte.app import RunOutput

app_env = FastAPIAppEnvironment(
    name="model-server",
    parameters=[
        flyte.app.Parameter(
            name="model_file",
            value=RunOutput(type="file", run_name="training-run-id"),
        )
    ],
    # ...
)
