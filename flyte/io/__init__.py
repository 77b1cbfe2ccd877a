"""Files, folders and data frames, which tasks pass to each other by reference."""

from flyte.io.directory import Dir, EmptyDir
from flyte.io.file import File
from flyte.io.formats import CSV, PARQUET
from flyte.io.frame import DataFrame
from flyte.io.hashing import HashFunction, HashMethod

__all__ = ["CSV", "PARQUET", "DataFrame", "Dir", "EmptyDir", "File", "HashFunction", "HashMethod"]
