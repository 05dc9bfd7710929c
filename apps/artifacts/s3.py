"""The file storage in an S3-compatible bucket. Imported only where settings name one."""

from functools import cached_property
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import IO, Any, cast

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError
from django.core.files import File
from django.core.files.storage import Storage

IN_MEMORY_BYTES = 2**20  # of an opened file; the rest is in a temporary one
CONNECTIONS = 32


class BucketStorage(Storage):
    """A bucket, and a prefix in it. Keys, region and endpoint come from the environment, as every S3 tool reads them.

    One client serves all threads of a process: a client each would cost 15 MB each.
    """

    def __init__(self, *, bucket: str, prefix: str = "") -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._making = Lock()
        self._transfers = TransferConfig(max_concurrency=4)

    @cached_property
    def _made(self) -> Any:
        return boto3.session.Session().client(
            "s3",
            config=Config(
                connect_timeout=5,
                read_timeout=60,
                max_pool_connections=CONNECTIONS,
                retries={"mode": "standard", "total_max_attempts": 3},
                # Checksums that only Amazon's own servers know; others refuse what carries them.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    @property
    def _client(self) -> Any:
        with self._making:
            return self._made

    def _key(self, name: str) -> str:
        return self._prefix + name

    def _save(self, name: str, content: Any) -> str:
        # Sent in parts that become one object at the end: what breaks off is no object.
        self._client.upload_fileobj(content.file, self._bucket, self._key(name), Config=self._transfers)
        return name

    def _open(self, name: str, mode: str = "rb") -> File:  # noqa: ARG002
        kept = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - the caller closes it
        self._client.download_fileobj(self._bucket, self._key(name), kept, Config=self._transfers)
        kept.seek(0)
        return File(kept, name=name)

    def part(self, name: str, start: int, length: int) -> IO[bytes]:
        """A part of a file, read as it arrives."""
        asked = f"bytes={start}-{start + length - 1}"
        answer = self._client.get_object(Bucket=self._bucket, Key=self._key(name), Range=asked)
        return cast(IO[bytes], answer["Body"])

    def delete(self, name: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=self._key(name))

    def exists(self, name: str) -> bool:
        try:
            self._client.head_object(Bucket=self._bucket, Key=self._key(name))
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return False
            raise
        return True

    def size(self, name: str) -> int:
        """Bytes."""
        return int(self._client.head_object(Bucket=self._bucket, Key=self._key(name))["ContentLength"])

    def get_available_name(self, name: str, max_length: int | None = None) -> str:  # noqa: ARG002
        """Names are random and never used again (storage.new_name): the bucket need not be asked."""
        return name
