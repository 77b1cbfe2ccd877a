"""What must become of each snippet. The order is that of the documents."""

from collections.abc import Mapping
from datetime import timedelta

import flyte
from flyte.app import RunOutput
from tests.seeds.snippet import START, Commands, Declares, NotRun, Program, Refused, Runs, Settings, Shows

PENDING: Mapping[str, str] = {}
"""What is not built yet, by snippet."""

SHELL = NotRun("shell commands that install, build or talk to a backend")
FLYTE_1 = NotRun("Flyte 1, shown for comparison")

ASYNCIO = "import asyncio\n"
LIST = "from typing import List\n"
FASTAPI_WITHOUT_APP = """
import functools
import flyte.app.extras
from fastapi import FastAPI
FastAPIAppEnvironment = functools.partial(flyte.app.extras.FastAPIAppEnvironment, app=FastAPI())
"""
"""For snippets that write `# ...` in the place of the app."""

NEEDS_A_BACKEND = "needs a backend, which this version cannot talk to"

README = {
    "1_sdk_readme_01": Program("", ("process_data", "--data", '["quickly"]'), "['processed: QUICKLY']"),
    "1_sdk_readme_02": SHELL,
    "1_sdk_readme_03": Program(
        r"Result: 14\.0\nView at: .+\n",
        ("main", "--numbers", "[1, 2]"),
        "8.0",
        prelude=ASYNCIO,  # the document forgot it
        files={"config.yaml": "1_sdk_readme_11"},
    ),
    "1_sdk_readme_04": SHELL,
    "1_sdk_readme_05": Declares(
        "import flyte\n",
        {
            "env.image.uri.startswith('flyte:')": True,
            "env.image.layers[0].packages": ("torch", "pandas", "scikit-learn"),
            "env.resources": flyte.Resources(cpu=4, memory="8Gi", gpu=1),
            "env.reusable.idle_ttl": timedelta(minutes=5),
            "sorted(env.tasks)": ["ml_pipeline.evaluate_model", "ml_pipeline.train_model"],
        },
    ),
    "1_sdk_readme_06": Runs(
        START
        + """
class ValidationError(Exception): ...

@env.task
async def process_batch(dataset: dict) -> str:
    return "batch " + dataset["name"]

@env.task
async def process_stream(dataset: dict) -> str:
    raise ValidationError("no stream")

@env.task
async def handle_error(dataset: dict, error: Exception) -> str:
    return f"{dataset['name']}: {error}"
""",
        {
            "run(dynamic_pipeline, config={'datasets': ["
            "{'type': 'batch', 'name': 'a'}, {'type': 'stream', 'name': 'b'}]})": ["batch a", "b: no stream"]
        },
    ),
    "1_sdk_readme_07": Runs(
        ASYNCIO
        + START
        + """
@env.task
def train_model(params: dict) -> dict:
    return {"rate": params["rate"]}

@env.task
def evaluate_model(model: dict) -> dict:
    return {"accuracy": 1 - abs(model["rate"] - 0.5)}
""",
        {
            "run(parallel_training, hyperparams=[{'rate': 0.1}, {'rate': 0.5}, {'rate': 0.9}])": {
                "best_model": {"rate": 0.5},
                "accuracy": {"accuracy": 1.0},
            }
        },
    ),
    "1_sdk_readme_08": Runs(
        START
        + """
async def call_external_api(data: str) -> str:
    return data * 2

def process_result(result: str) -> str:
    return result.upper()
""",
        {"run(main_task, inputs=['a', 'b'])": ["AA", "BB"]},
    ),
    "1_sdk_readme_09": Declares(
        START,
        {
            "(torch_task.name, torch_task.auto_version)": ("torch_env.train_model", "latest"),
            "spark_task.name": "spark_env.process_data",
            f"{NEEDS_A_BACKEND!r} in error(orchestrator, raw_data=flyte.File(path=__file__))": True,
        },
    ),
    "1_sdk_readme_10": Runs(
        START
        + """
import contextlib, io
contextlib.redirect_stdout(printed := io.StringIO()).__enter__()
large_dataset = [1, 2, 3]

@env.task
def my_workflow(data: list[int]) -> int:
    print("adding up")
    return sum(data)
""",
        {"results": (6,), "run.phase": "succeeded", "printed.getvalue()": "adding up\nadding up\n"},
    ),
    "1_sdk_readme_11": Settings("ml-team", "production"),
    "1_sdk_readme_12": NotRun("`flyte run` of a task that was deployed"),
    "1_sdk_readme_13": SHELL,
    "1_sdk_readme_14": SHELL,
    "1_sdk_readme_15": SHELL,
    "1_sdk_readme_16": SHELL,
    "1_sdk_readme_17": SHELL,
}

PROCESS_ITEM = """
@env.task
async def process_item(n: int) -> str:
    if n > 2:
        raise ValueError("too many")
    return f"item {n}"
"""

FROM_1_TO_2 = {
    "2_from_flyte_1_to_2_01": Program(r"r[a-z0-9]+\n.+\n", ("main", "--name", "World"), "Done"),
    "2_from_flyte_1_to_2_02": Program(r"r[a-z0-9]+\n.+\n", ("main", "--name", "World"), "Done"),
    "2_from_flyte_1_to_2_03": Program(r"r[a-z0-9]+\n.+\n", ("main", "--prompt", "Hello"), "Finalized output"),
    "2_from_flyte_1_to_2_04": Declares(
        "",
        {
            "env_1.depends_on == [env_2]": True,
            "run(remote_task, x='a')": "Remote task processed: a",
            f"{NEEDS_A_BACKEND!r} in error(main)": True,
        },
    ),
    "2_from_flyte_1_to_2_05": Declares(
        "import flyte\n",
        {
            "env.image is reusable_image": True,
            "env.resources.cpu": "500m",
            "env.reusable.max_replicas": 2,
        },
    ),
    "2_from_flyte_1_to_2_06": FLYTE_1,
    "2_from_flyte_1_to_2_07": Runs(
        "",
        {
            "run(main, data=[100.0, 300.0])": 2.0,
            "'Output cannot be negative' in error(main, data=[-1.0])": True,
            "env.image.layers[0].packages": ("requests",),
        },
    ),
    "2_from_flyte_1_to_2_08": Runs(
        "",
        {"run(parallel_pipeline, data_chunks=['a', 'b'])": ["Processed chunk 0: a", "Processed chunk 1: b"]},
    ),
    "2_from_flyte_1_to_2_09": Runs(ASYNCIO + START, {"run(modern_workflow, numbers=[1, 2])": [4, 9]}),
    "2_from_flyte_1_to_2_10": Runs(
        START + PROCESS_ITEM,
        {
            "run(sync_map_example, n=2)": ["item 0", "item 1"],
            "error(sync_map_example, n=4)": "ValueError: too many",
        },
    ),
    "2_from_flyte_1_to_2_11": Runs(
        START + PROCESS_ITEM,
        {
            "run(async_map_example, n=2)": ["item 0", "item 1"],
            "error(async_map_example, n=4)": "ValueError: too many",
        },
    ),
    "2_from_flyte_1_to_2_12": Runs("import flyte\n", {"env.name": "my_task_env"}),
    "2_from_flyte_1_to_2_13": FLYTE_1,
    "2_from_flyte_1_to_2_14": Runs(START, {"run(main, names=['Ann', 'Bob'])": ["Hello, Ann!", "Hello, Bob!"]}),
    "2_from_flyte_1_to_2_15": Runs(START, {"run(main, names=['Ann', 'Bob'])": ["Hello, Ann!", "Hello, Bob!"]}),
    # The document calls `t2(int=...)`, whose parameter is `val`.
    "2_from_flyte_1_to_2_16": Declares(
        START + "def get_int_input(): return 3\n",
        {"run(t2, val=3)": None, "'`int`' in error(t1) and 'val' in error(t1)": True},
    ),
    "2_from_flyte_1_to_2_17": Runs(
        START
        + """
from datetime import datetime
from builtins import int as Number

def get_int_input(): return 3

@env.task
async def t2(int: Number) -> None: ...

@env.task
async def t3(int: Number) -> None: ...
""",
        {"run(t1)": None},
    ),
    "2_from_flyte_1_to_2_18": Runs(
        START
        + """
done = []

@env.task
async def t1() -> None: done.append("t1")

@env.task
async def t2() -> None: done.append("t2")

def local_cpu_intensive_function(): done.append("between")
""",
        {"run(t_main)": None, "done": ["t1", "between", "t2"]},
    ),
    # The document leaves out the `await`.
    "2_from_flyte_1_to_2_19": Declares(LIST + START, {"sorted(env.tasks)": ["seed.produce_1gb_list", "seed.t1"]}),
}

TRAINING = """
import flyte.app
from flyte import DataFrame, File

def train(frame): return len(frame)

def save_model(model, path):
    with open(path, "w") as file:
        file.write(f"trained on {model} rows")
"""

ETL = """
import pandas as pd
from flyte import DataFrame
stored = []

def load_from_source(): return pd.DataFrame({"x": [1, 2]})

def process(frame): return frame * 10

def save_to_destination(frame): stored.extend(frame["x"])
"""

REFERENCE_CARD = {
    "3_reference_card_01": SHELL,
    "3_reference_card_02": SHELL,
    "3_reference_card_03": Runs(
        "", {"(flyte.current_project(), flyte.current_domain())": ("my-project", "development")}
    ),
    "3_reference_card_04": Declares(
        "",
        {
            "env.resources": flyte.Resources(cpu="2", memory="4Gi"),
            "env.image.layers[0].packages": ("pandas", "scikit-learn"),
        },
    ),
    "3_reference_card_05": Runs(START, {"run(pipeline, x=5)": 20}),
    "3_reference_card_06": Declares(
        "import flyte\n",
        {"(env.name, env.type, env.get_port().port)": ("my-api", "FastAPI", 8080), "env.app is fastapi_app": True},
    ),
    "3_reference_card_07": Commands(
        "@env.task\ndef task_name(arg1: str) -> str:\n    return arg1 * 2\n",
        "script.py",
        ("value1value1", "value1value1"),
    ),
    "3_reference_card_08": Runs(
        START + "@env.task\ndef pipeline(x: int) -> int:\n    return x + 1\n", {"result.result": 6}
    ),
    "3_reference_card_09": SHELL,
    "3_reference_card_10": SHELL,
    "3_reference_card_11": Refused(f"flyte.deploy {NEEDS_A_BACKEND}"),
    "3_reference_card_12": Runs(
        START,
        {
            "run(process_file, input_file=File(path=__file__)).read()": "made before",
            "[file.read() for file in run(process_dir, input_dir=Dir(path='.')).walk()]": ["made before"],
        },
    ),
    "3_reference_card_13": Runs(
        START,
        {"list(run(process_df, df=DataFrame(pd.DataFrame({'x': [1, 2]}))).to_pandas()['x'])": [1, 2]},
    ),
    "3_reference_card_14": Runs(START, {"run(parallel_pipeline, items=[1, 2])": [2, 4]}),
    "3_reference_card_15": Runs(START, {"run(parallel_pipeline, items=[1, 2])": [2, 4]}),
    "3_reference_card_16": Runs(ASYNCIO + START, {"run(async_pipeline, items=[1, 2])": [2, 4]}),
    "3_reference_card_17": Declares(
        "import flyte\n", {"env.resources": flyte.Resources(cpu=("2", "4"), memory=("8Gi", "16Gi"), gpu=1)}
    ),
    "3_reference_card_18": Runs("import flyte\n", {"limits.get_device()": flyte.Device(2, "GPU", device="A100")}),
    "3_reference_card_19": Runs(
        START, {"memory_intensive_task.resources.memory": "32Gi", "run(memory_intensive_task)": None}
    ),
    "3_reference_card_20": Runs(
        START,
        {
            "(expensive_computation.cache.behavior, expensive_computation.cache.get_version())": ("auto", "v1"),
            "run(expensive_computation, x=3)": 6,
        },
    ),
    "3_reference_card_21": SHELL,
    # What it returns is left out, so it cannot run to its end.
    "3_reference_card_22": Declares(START, {"'MY_API_KEY' in repr(call_api.secrets)": True}),
    "3_reference_card_23": Runs(
        START
        + """
sizes = []

@env.task(limits=flyte.Resources(mem="32Gi"))
def memory_intensive_task(data: list) -> list:
    sizes.append(len(sizes))
    if len(sizes) == 1:
        raise MemoryError("more, please")
    return data[::-1]
""",
        {"run(robust_pipeline, data=[1, 'b'])": ["b", 1], "sizes": [0, 1]},
    ),
    "3_reference_card_24": Runs(
        START,
        {
            "(flaky_task.retries.count, flaky_task.timeout.max_runtime)": (3, timedelta(hours=1)),
            "run(flaky_task)": None,
        },
    ),
    "3_reference_card_25": Runs(
        START
        + """
@env.task
def step1() -> int: return 4

def expensive_api_call(x): return x * 10
""",
        {"run(pipeline_with_checkpoints)": 40},
    ),
    "3_reference_card_26": Declares(
        "import flyte\n",
        {"[trigger.automation for trigger in daily_job.triggers]": [flyte.Cron("0 0 * * *")], "run(daily_job)": None},
    ),
    "3_reference_card_27": Declares("import flyte\n", {"env.reusable.idle_ttl": timedelta(minutes=5)}),
    "3_reference_card_28": Declares(
        "import flyte\n", {"[type(layer).__name__ for layer in image.layers]": ["PipPackages", "AptPackages", "Env"]}
    ),
    "3_reference_card_29": Declares("import flyte\n", {"image.uri": "my-registry.com/my-image:latest"}),
    "3_reference_card_30": Declares(
        "import flyte, pathlib\npathlib.Path('Dockerfile').write_text('FROM python:3.12')\n",
        {"image.name": "my-image", "image.uri.startswith('my-image:')": True, "image.validate()": None},
    ),
    "3_reference_card_31": Declares("", {"sorted(app.routes)": ["/health", "/predict"], "env.resources.memory": "4Gi"}),
    "3_reference_card_32": Declares("", {"vllm_app.model_id": "qwen", "vllm_app.resources.gpu": "L40s:1"}),
    "3_reference_card_33": Declares(
        FASTAPI_WITHOUT_APP,
        {"(env.scaling.get_replicas(), env.scaling.scaledown_after)": ((0, 10), timedelta(minutes=5))},
    ),
    "3_reference_card_34": Declares(START, {f"{NEEDS_A_BACKEND!r} in error(pipeline)": True}),
    "3_reference_card_35": Runs(START, {"run(increment)": None}),
    "3_reference_card_36": Runs(
        START
        + """
large_list = [1, 2, 3]

@env.task
def heavy_task(x: int) -> int: return x * x

aggregate = sum
""",
        {"run(orchestrator)": 14, "orchestrator.resources.cpu": "2"},
    ),
    "3_reference_card_37": Runs(
        START + "@env.task\ndef subtask_returning_huge_list() -> list[int]:\n    return list(range(10_000))\n",
        {"run(parent)": None},
    ),
    "3_reference_card_38": Runs(START + ETL, {"run(etl_pipeline)": None, "stored": [10, 20]}),
    "3_reference_card_39": Runs(
        ASYNCIO + START + "@env.task\nasync def process(x: int) -> int:\n    return x * 2\n",
        {"run(fan_out_fan_in, items=[1, 2])": 6},
    ),
    "3_reference_card_40": Runs(
        START
        + """
import pandas as pd
from flyte import DataFrame

@env.task
def light_processing(data: DataFrame) -> DataFrame: return DataFrame(data.to_pandas() * 2)

@env.task
def heavy_processing(data: DataFrame) -> DataFrame: return DataFrame(data.to_pandas() * 3)

def processed(count):
    return DataFrame(pd.DataFrame({"x": [1] * count}))
""",
        {
            "run(conditional_pipeline, data=processed(2)).to_pandas()['x'][0]": 2,
            "run(conditional_pipeline, data=processed(1001)).to_pandas()['x'][0]": 3,
        },
    ),
    "3_reference_card_41": Runs(
        START + FASTAPI_WITHOUT_APP + TRAINING + "import pandas as pd\n",
        {
            "run(train_model, data=DataFrame(pd.DataFrame({'x': [1, 2]}))).read()": "trained on 2 rows",
            "app_env.parameters[0].value": RunOutput(type="file", run_name="training-run-id"),
        },
    ),
}

OVERVIEW = {
    "4_flyte_2_overview_01": Program("", ("main", "--name", "World"), "Done"),
    "4_flyte_2_overview_02": Program("", ("main", "--name", "World"), "Done", prelude=ASYNCIO),
    # Its bodies are `...`.
    "4_flyte_2_overview_03": Declares(START, {"main.cache.behavior": "auto"}),
    "4_flyte_2_overview_04": NotRun("no Python: it awaits in a function that is not async"),
    "4_flyte_2_overview_05": Declares(
        "import flyte\n", {"env.reusable.max_replicas": 4, "env.image.layers[0].packages": ("unionai-reuse==0.1.3",)}
    ),
}

INFERENCE = """
from dataclasses import dataclass

def run_inference(name, data): return {"model": name, "inputs": len(data)}
"""

AUTHORING = {
    "5_authoring_and_execution_01": SHELL,
    "5_authoring_and_execution_02": Settings("your_project", "development"),
    "5_authoring_and_execution_03": SHELL,
    "5_authoring_and_execution_04": Commands(
        "@env.task\ndef main(name: str = 'you') -> str:\n    return f'hello {name}'\n",
        "hello.py",
        ("hello you",),
        python=Shows(
            START + "names = []\n@env.task\ndef main(name: str) -> None:\n    names.append(name)\n", {"names": ["Ada"]}
        ),
    ),
    "5_authoring_and_execution_05": Commands(
        "@env.task\ndef main() -> str:\n    return 'hello'\n",
        "hello.py",
        ("hello",),
        python=Shows(START + "runs = []\n@env.task\ndef main() -> None:\n    runs.append(1)\n", {"runs": [1]}),
    ),
    "5_authoring_and_execution_06": Declares("import flyte\n", {"env.image": "docker.io/myorg/myimage"}),
    "5_authoring_and_execution_07": Declares(
        "import flyte\n",
        {
            "image.layers[0].packages": ("git",),
            "image.layers[1].packages": ("pandas", "numpy"),
            "image.layers[2].env_vars": (("MY_VAR", "value"),),
            "env.image is image": True,
        },
    ),
    "5_authoring_and_execution_08": Runs(
        START, {"my_task.cache.behavior": "disable", "run(my_task)": None, "list(env.tasks)": ["seed.my_task"]}
    ),
    "5_authoring_and_execution_09": SHELL,
    "5_authoring_and_execution_10": Runs("import flyte, os\n", {"env.name": "seed_5_authoring_and_execution_10"}),
    "5_authoring_and_execution_11": Declares(
        "import flyte\n",
        {"env.reusable": flyte.ReusePolicy(replicas=2, idle_ttl=300)},
    ),
    "5_authoring_and_execution_12": Runs(
        START
        + """
import pathlib
pathlib.Path("local_file.txt").write_text("local")

def process_data(text): return text.upper()
""",
        {
            "run(process_file, input_file=flyte.File(path='local_file.txt')).read()": "LOCAL",
            "run(process_file, input_file=flyte.File(path='local_file.txt')).name": "output.txt",
            "run(upload_local).read()": "local",
        },
    ),
    "5_authoring_and_execution_13": Runs(
        LIST + START + INFERENCE,
        {
            "run(batch_inference, requests=[InferenceRequest('m', ['a', 'b'])])": [{"model": "m", "inputs": 2}],
            "run(batch_inference, requests=[{'model_name': 'm', 'input_data': []}])": [{"model": "m", "inputs": 0}],
        },
    ),
    "5_authoring_and_execution_14": Runs(START + "def process_data(): ...\n", {"run(generate_report)": None}),
    "5_authoring_and_execution_15": Runs(
        START + "class time:\n    sleep = staticmethod(lambda seconds: None)\n", {"run(streaming_report)": None}
    ),
    "5_authoring_and_execution_16": Runs(
        START
        + """
cleaned = []

@env.task
async def potentially_failing_task() -> str:
    raise flyte.errors.OOMError("OOMError", "too large", "user")

@env.task
async def retry_with_more_memory() -> str: return "with more"

@env.task
async def cleanup_task() -> None: cleaned.append(True)
""",
        {"run(resilient_workflow)": "with more", "cleaned": [True]},
    ),
    "5_authoring_and_execution_17": Runs(
        START
        + """
class api_client:
    @staticmethod
    async def query(text): return {"answer": text}

def process_data(data): return data["answer"]
""",
        {"run(main_task, topic='bees')": "research bees"},
    ),
    "5_authoring_and_execution_18": Runs(
        START
        + """
raw_data = [3, 1, 2]

@env.task
async def validate_schema(data: list[int]) -> list[int]: return data

@env.task
async def check_data_quality(data: list[int]) -> list[int]: return sorted(data)

@env.task
async def train_model(data: list[int]) -> int: return data[0]

@env.task
async def evaluate_model(model: int) -> dict: return {"accuracy": model}
""",
        {"run(complex_workflow)": (1, {"accuracy": 1})},
    ),
    "5_authoring_and_execution_19": Runs(
        ASYNCIO + LIST + START + "@env.task\nasync def process_item(item: str) -> str:\n    return item * 2\n",
        {"run(parallel_processing, items=['a', 'b'])": ["aa", "bb"]},
    ),
    "5_authoring_and_execution_20": Runs(
        ASYNCIO
        + LIST
        + START
        + """
@env.task
async def process_batch(batch: List[dict]) -> List[int]:
    return [item["n"] for item in batch]
""",
        {"run(batched_fanout, large_dataset=[{'n': n} for n in range(250)]) == list(range(250))": True},
    ),
    "5_authoring_and_execution_21": Runs(
        "", {"(flyte.current_project(), flyte.current_domain())": ("example_project", "development")}
    ),
    "5_authoring_and_execution_22": Refused(f"flyte.remote() {NEEDS_A_BACKEND}"),
    "5_authoring_and_execution_23": Runs(
        "async def process_data_async(data): return {'data': data}\n",
        {"run(simple_task, x=4)": 8, "run(async_task, data='a')": {"data": "a"}},
    ),
    "5_authoring_and_execution_24": Runs(
        ASYNCIO
        + LIST
        + START
        + """
@env.task
async def preprocess_item(item: str) -> int: return len(item)

@env.task
async def extract_features(items: list[int]) -> list[int]: return [item + 1 for item in items]

@env.task
async def train_model(features: list[int]) -> str: return f"model of {features}"

@env.task
async def evaluate_model(model: str) -> dict: return {"length": len(model)}
""",
        {"run(data_pipeline, input_data=['a', 'bc'])": {"model": "model of [2, 3]", "metrics": {"length": 15}}},
    ),
    "5_authoring_and_execution_25": Runs(
        START
        + """
import os
from pathlib import Path
import pandas as pd
os.mkdir("data")
for number in range(3):
    pd.DataFrame({"x": [number]}).to_csv(f"data/{number}.csv", index=False)
Path("data/readme.txt").write_text("no table")

def process_dataframe(frame): return frame * 10
""",
        {
            "sorted(pd.read_parquet(run(process_dataset, input_dir=flyte.Dir(path='data')).path)['x'])": [0, 10, 20],
            "run(process_dataset, input_dir=flyte.Dir(path='data')).name": "processed_data.parquet",
        },
    ),
}

TABLE = {**README, **FROM_1_TO_2, **REFERENCE_CARD, **OVERVIEW, **AUTHORING}
