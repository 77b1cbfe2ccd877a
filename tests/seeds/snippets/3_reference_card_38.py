@env.task
def extract() -> DataFrame:
    return DataFrame(load_from_source())

@env.task
def transform(df: DataFrame) -> DataFrame:
    return DataFrame(process(df.to_pandas()))

@env.task
def load(df: DataFrame) -> None:
    save_to_destination(df.to_pandas())

@env.task
def etl_pipeline():
    raw = extract()
    processed = transform(raw)
    load(processed)
