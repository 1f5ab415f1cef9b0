"""A Dask cluster that somebody else looks after."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from prenoise.errors import UserError
from prenoise.study.lab.stream import Workers

if TYPE_CHECKING:
    import distributed


@dataclass(frozen=True)
class Certificates:
    """The files, in PEM format, by which this process and a cluster know each other."""

    ca: str | Path
    """Certificates of the authority that has signed those of the cluster."""
    cert: str | Path
    """The certificate of this process."""
    key: str | Path
    """Its private key."""


@contextmanager
def remote_workers(scheduler: str, certificates: Certificates | None, say: Callable[[str], None]) -> Iterator[Workers]:
    """The workers of a cluster that is already there; without certificates, those that Dask's own settings name."""
    from distributed import Client
    from distributed.comm.addressing import get_address_host_port
    from distributed.utils import silence_logging_cmgr

    security = _security(scheduler, certificates)
    try:
        get_address_host_port(scheduler, strict=True)  # before there is a client, which would leave threads behind
        client = Client(scheduler, security=security)
    except ValueError as problem:
        raise UserError(f"{scheduler}: {problem}, expected a scheduler's address, as in tcp://host:8786") from problem
    except OSError as problem:
        raise ConnectionError(f"no Dask scheduler answers at {scheduler}: {problem}") from problem
    with silence_logging_cmgr(logging.CRITICAL), client:  # a scheduler that goes is said in a sentence, not by Dask
        workers = Workers(client)
        if not workers.slots:
            say(f"the cluster at {scheduler} has no workers yet: waiting for them")
        yield workers


def _security(scheduler: str, certificates: Certificates | None) -> "distributed.Security":
    """How to speak to a scheduler; a `UserError` where what that needs is not there."""
    from distributed import Security

    if certificates is None:
        security = Security()
        if scheduler.startswith("tls://") and security.tls_client_cert is None:  # pyrefly: ignore[missing-attribute]
            raise UserError(
                f"{scheduler} asks for certificates: name the files of the authority, the certificate and its key"
            )
        return security
    for path in (certificates.ca, certificates.cert, certificates.key):
        if not Path(path).is_file():
            raise UserError(f"there is no file {path}: expected a certificate or key in PEM format")
    ca, cert, key = map(str, (certificates.ca, certificates.cert, certificates.key))
    return Security(tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key, require_encryption=True)
