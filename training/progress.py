"""What a user sees while a model trains."""

from __future__ import annotations

from tqdm import tqdm
from transformers import TrainerCallback

_HIDDEN = ("eval_score", "eval_unlabelled_graph_f1", "epoch")


class Progress(TrainerCallback):
    """A bar with the time left, the loss of each head and the words read a second; dev's scores after each evaluation."""

    def __init__(self):
        self.bar: tqdm | None = None

    def on_train_begin(self, args, state, control, **kwargs):
        if state.is_world_process_zero:
            self.bar = tqdm(
                total=state.max_steps, initial=state.global_step, desc="training", unit=" steps", dynamic_ncols=True
            )

    def on_step_end(self, args, state, control, **kwargs):
        if self.bar is not None:
            self.bar.update(state.global_step - self.bar.n)

    def on_log(self, args, state, control, logs=None, **kwargs):
        if self.bar is None or "loss" not in logs:
            return
        losses = {name.removeprefix("loss_"): f"{v:.3g}" for name, v in logs.items() if name.startswith("loss_")}
        self.bar.set_postfix({**losses, "words/s": f"{logs['words_per_second']:.0f}"})

    def on_evaluate(self, args, state, control, metrics=None, **kwargs):
        if self.bar is not None:
            shown = {name: value for name, value in metrics.items() if name not in _HIDDEN}
            scores = "  ".join(f"{name.removeprefix('eval_')} {100 * value:.1f}" for name, value in shown.items())
            when = f"step {state.global_step}" if args.max_steps > 0 else f"epoch {state.epoch:.4g}"
            self.bar.write(f"{when}: {scores}")

    def on_train_end(self, args, state, control, **kwargs):
        if self.bar is not None:
            self.bar.close()
            self.bar = None
