@env.task
def conditional_pipeline(data: DataFrame) -> DataFrame:
    if len(data.to_pandas()) > 1000:
        return heavy_processing(data)
    else:
        return light_processing(data)
