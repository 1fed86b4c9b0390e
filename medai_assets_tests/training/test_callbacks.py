"""What a run says of itself while it goes on."""

from __future__ import annotations

import pytest
from transformers import TrainerControl, TrainerState, TrainingArguments

from medai_assets.training import callbacks
from medai_assets.training.callbacks import ProgressCallback, Throughput
from medai_assets_tests.training.conftest import Listener


@pytest.mark.parametrize(("tokens", "speed"), [(0, ""), (600, "20 tokens/s, 40% of the machine's peak, ")])
def test_a_step_is_told_with_the_time_left_from_steps_alone_and_a_speed_only_where_tokens_are_counted(
    tokens: int, speed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter((0.0, 0.0, 100.0, 130.0))  # begins, is judged, the first step and its end
    state, listener = TrainerState(max_steps=3), Listener()
    throughput = Throughput(1.0, 50.0)
    tell = ProgressCallback(listener, throughput)
    about = (TrainingArguments(use_cpu=True, report_to=[]), state, TrainerControl())
    with monkeypatch.context() as patch:
        patch.setattr(callbacks.time, "perf_counter", lambda: next(now))
        tell.on_train_begin(*about)
        throughput.stop()
        throughput.add(tokens)
        throughput.seconds = 30.0
        tell.on_step_begin(*about)
        state.global_step = 1
        tell.on_log(*about, logs={"loss": 0.5})
    assert listener.lines == [f"step 1/3: loss 0.5000, {speed}1 min 00 s left"]
