from flyte.io import DataFrame
import pandas as pd

@env.task
def process_df(df: DataFrame) -> DataFrame:
    pandas_df = df.to_pandas()
    # Process...
    return DataFrame(pandas_df)
