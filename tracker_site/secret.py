"""The installation's secret key, made once and kept beside its data."""

import os
import secrets
from pathlib import Path


def secret_key(data_dir: Path) -> str:
    """The key in data_dir/secret-key, created with mode 0600 on first use."""
    path = data_dir / "secret-key"
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text().strip()
