from flyte.app.extras import FastAPIAppEnvironment
from fastapi import FastAPI

fastapi_app = FastAPI()

@fastapi_app.get("/predict")
def predict(x: int) -> dict:
    return {"result": x * 2}

env = FastAPIAppEnvironment(
    name="my-api",
    app=fastapi_app,
    image=flyte.Image.from_debian_base().with_pip_packages("fastapi", "uvicorn"),
)
