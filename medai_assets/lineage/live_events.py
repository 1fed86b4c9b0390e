"""OpenLineage events while things run: sent where openlineage-python's own settings say, and nowhere without them.

Whatever fails in telling costs a warning and never a run, nor its time: a receiver that did not take one event is left alone
for a while. What it missed can be sent to it later, by `medai lineage-export openlineage`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from pydantic import SecretStr

from medai_assets.foundation.extras import ExtraMissing, require
from medai_assets.foundation.redaction import Secrets
from medai_assets.lineage.openlineage import (
    PRODUCER,
    Event,
    completed,
    error_facet,
    event,
    input_dataset,
    run_of,
)
from medai_assets.lineage.versions import Versions
from medai_assets.settings import Settings
from medai_assets.storage import Input, Store

# openlineage-python reads these itself: an address, a file with a transport, or a transport in variables.
SETTINGS = ("OPENLINEAGE_URL", "OPENLINEAGE_CONFIG", "OPENLINEAGE__TRANSPORT__")
Warn = Callable[[str], object]


def is_configured() -> bool:
    """Whether somebody listens, by the environment."""
    return any(value and name.startswith(SETTINGS) for name, value in os.environ.items())


class Receiver:
    """Who listens to this process, by the environment.

    Attributes:
        pause: seconds in which nothing is tried after an event was not taken.
        tried_again: times, where nobody sets openlineage-python's own ``retry``; its default is five.
    """

    pause = 300.0
    tried_again = 1

    def __init__(self) -> None:
        self.complaint = ""  # why the latest event was not sent; empty where it was
        self._silent_until = float("-inf")  # of the monotonic clock

    def takes(self, run_event: Event) -> bool:
        """Whether the event was sent; after one that was not, none is tried for ``pause``."""
        if time.monotonic() >= self._silent_until:
            self.complaint = self._tried(run_event)
            self._silent_until = time.monotonic() + self.pause if self.complaint else self._silent_until
        return not self.complaint

    def _tried(self, run_event: Event) -> str:
        """The one guard of settings and receiver, which fail in any transport's own way."""
        try:
            self._client.emit(_as_run_event(run_event))
        except ExtraMissing as missing:
            return str(missing)
        except Exception as error:  # its text may repeat an address with a password: only its kind is said
            status = getattr(getattr(error, "response", None), "status_code", None)
            kind = type(error).__name__ + (f", status {status}" if status else "")
            return (
                f"OpenLineage's receiver took no event ({kind}), and nothing waits for it. "
                f"Look at OPENLINEAGE_URL or OPENLINEAGE_CONFIG; "
                "`medai lineage-export openlineage` writes the events that it missed"
            )
        return ""

    @cached_property
    def _client(self) -> Any:
        require("openlineage", "sending OpenLineage events")
        from openlineage.client import OpenLineageClient
        from openlineage.client.transport.http import HttpConfig, HttpTransport

        client = OpenLineageClient()
        unset = HttpConfig("").retry
        for one in getattr(client.transport, "transports", [client.transport]):
            if isinstance(one, HttpTransport) and one.config.retry == unset:
                one.config.retry = {**unset, "total": self.tried_again}
        return client


RECEIVER = Receiver()


class LiveEvents:
    """The events of one run that makes one partition; whatever goes wrong with one of them is a warning."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        asset: str,
        partition: str | None,
        run_id: str,
        warn: Warn,
        receiver: Receiver = RECEIVER,
    ) -> None:
        self.store, self.asset, self.partition, self.run_id = store, asset, partition, run_id
        self._warn, self._receiver = warn, receiver
        self._is_heard = True
        self._secrets = Secrets(v.get_secret_value() for _, v in settings if isinstance(v, SecretStr))

    @contextmanager
    def around(self, inputs: Callable[[], Iterable[Input]]) -> Iterator[None]:
        """Tell that the partition is begun, and then that it is made or not."""
        self._send(lambda: self._event("START", map(input_dataset, inputs())))
        try:
            yield
        except BaseException as error:
            failure = error
            self._send(lambda: self._failed(failure))
            raise
        self._send(self._completed)

    def _completed(self) -> Event | None:
        """What the receipt says; nothing where the run left none."""
        receipt = self.store.current_receipt(self.asset, self.partition)
        ours = receipt is not None and receipt.run_id == self.run_id
        return completed(Versions(self.store), receipt) if receipt is not None and ours else None

    def _failed(self, error: BaseException) -> Event:
        """FAIL with the first line of what is said, without keys; ABORT where somebody stopped it."""
        if not isinstance(error, Exception):
            return self._event("ABORT")
        run_event = self._event("FAIL")
        message = str(error).partition("\n")[0] or type(error).__name__
        run_event["run"].setdefault("facets", {})["errorMessage"] = error_facet(self._secrets.text(message))
        return run_event

    def _event(self, kind: str, inputs: Iterable[Event] = ()) -> Event:
        run = run_of(self.run_id, self.asset, self.partition)
        return event(kind, self.store.now(), run, self.asset, inputs)

    def _send(self, build: Callable[[], Event | None]) -> None:
        """Send an event, unless one before was not taken: that is said once a run."""
        if not self._is_heard:
            return
        try:
            run_event = build()
        except Exception as error:  # what is told of is damaged, say
            self._warn(f"an OpenLineage event was not sent: {type(error).__name__} while it was made")
            return
        if run_event is not None and not self._receiver.takes(run_event):
            self._is_heard = False
            self._warn(self._receiver.complaint)


def _as_run_event(run_event: Event) -> Any:
    from openlineage.client import event_v2 as ol

    return ol.RunEvent(
        eventType=ol.RunState[run_event["eventType"]],
        eventTime=run_event["eventTime"],
        run=ol.Run(**run_event["run"]),
        job=ol.Job(**run_event["job"]),
        inputs=[ol.InputDataset(**one) for one in run_event["inputs"]],
        outputs=[ol.OutputDataset(**one) for one in run_event["outputs"]],
        producer=PRODUCER,
    )
