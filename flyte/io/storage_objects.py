"""Object stores, through obstore: S3, Google Cloud Storage, Azure. Part of the door that `storage` is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flyte.io.errors import MissingExtraError, MissingFileError
from flyte.io.storage_config import Storage

if TYPE_CHECKING:
    from flyte.io.storage import Source

STREAMED = 4 << 20
"""Bytes of a piece of a stream."""

in_use = False
"""Whether this process has obstore's threads, which a fork would not have."""


class ObjectStore:
    """One bucket."""

    def __init__(self, scheme: str, bucket: str, config: Storage, anonymous: bool) -> None:
        global in_use
        try:
            import obstore
            from obstore.store import from_url
        except ImportError:
            raise MissingExtraError(_how_to_install(scheme)) from None
        in_use = True
        self._obstore = obstore
        self._root = f"{scheme}://{bucket}"
        options = config.get_fsspec_kwargs(anonymous)
        if scheme in ("s3", "s3a"):
            options.update(_credentials(options))
        self._store: Any = from_url({"s3a": "s3", "gcs": "gs"}.get(scheme, scheme) + f"://{bucket}", **options)

    def size(self, uri: str) -> int | None:
        """Bytes of an object; None when there is none."""
        key = self._key(uri)
        if not key or key.endswith("/"):
            return None
        try:
            with self._translated(uri):
                return int(self._obstore.head(self._store, key)["size"])
        except MissingFileError:
            return None

    def read(self, uri: str, start: int, length: int) -> Any:
        """Some bytes of an object."""
        with self._translated(uri):
            return self._obstore.get_range(self._store, self._key(uri), start=start, length=length)

    def stream(self, uri: str, start: int, end: int) -> Iterator[Any]:
        """The bytes from one place to another, in pieces."""
        with self._translated(uri):
            found = self._obstore.get(self._store, self._key(uri), options={"range": (start, end)})
            yield from found.stream(min_chunk_size=STREAMED)

    def send(self, uri: str, source: Source, size: int | None, piece: int, concurrency: int) -> None:
        """Write an object, in parts when it is large."""
        in_parts = size is None or size > piece
        with self._translated(uri):
            self._obstore.put(
                self._store,
                self._key(uri),
                source,
                use_multipart=in_parts,
                chunk_size=piece,
                max_concurrency=concurrency,
            )

    def below(self, uri: str) -> Iterator[tuple[str, int]]:
        """Relative name and size of every object below a prefix."""
        prefix = self._key(uri).rstrip("/")
        with self._translated(uri):
            for batch in self._obstore.list(self._store, prefix or None, chunk_size=1000):
                for found in batch:
                    yield found["path"][len(prefix) :].lstrip("/"), int(found["size"])

    def remove(self, uri: str) -> None:
        """Remove an object."""
        with self._translated(uri):
            self._obstore.delete(self._store, self._key(uri))

    def _key(self, uri: str) -> str:
        return uri.partition("://")[2].partition("/")[2]

    @contextlib.contextmanager
    def _translated(self, uri: str) -> Iterator[None]:
        """Say errors of the store in Python's own classes, and name what they are about."""
        from obstore import exceptions

        try:
            yield
        except (exceptions.NotFoundError, FileNotFoundError) as error:
            raise MissingFileError(f"there is no {uri}: {_first_line(error)}") from error
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError) as error:
            raise PermissionError(f"{uri} may not be accessed: {_first_line(error)}") from error
        except exceptions.BaseError as error:
            if "NoSuchBucket" in str(error):  # asking for a list, obstore has no class for it
                raise MissingFileError(f"there is no {uri}, not even its bucket") from error
            raise OSError(f"{uri}: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", 1)[0][:400]


def _credentials(options: dict[str, Any]) -> dict[str, Any]:
    """For profiles and single sign-on, which obstore leaves to boto3."""
    import os

    said = options.get("config", {})
    wanted = os.environ.get("AWS_PROFILE") and not os.environ.get("AWS_ACCESS_KEY_ID")
    if not wanted or "access_key_id" in said or "skip_signature" in said:
        return {}
    try:
        from obstore.auth.boto3 import Boto3CredentialProvider
    except ImportError:
        raise MissingExtraError("AWS_PROFILE is set, and profiles need boto3: pip install boto3") from None
    return {"credential_provider": Boto3CredentialProvider()}


def _how_to_install(scheme: str) -> str:
    extra = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs"}.get(scheme, "azure")
    return f"{scheme}:// needs a package that is not installed: pip install 'flyte[{extra}]'"
