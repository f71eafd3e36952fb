"""Watch a fit from inside AutoGluon: say how it goes, and end it when asked. Imports AutoGluon: import it late."""

import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from autogluon.core.callbacks import AbstractCallback

from engine.domain.run import Progress
from engine.training import inside

_TICK = 0.5  # seconds between looks at the clock and at what a person asked for
_NATIVE = 2.0  # seconds after which a library that has not asked again is no longer at work
_AGAIN = 5.0  # seconds after which an interruption that nobody felt, in a destructor say, is tried again
_CORE = "core"  # AutoGluon's name for models that are not ensembles of others


class Watch:
    """Reports progress from a thread of its own, and breaks off the model being fitted when it is time.

    Parameters
    ----------
    seconds : float
        The whole budget, for ``seconds_left``.
    search : float
        Seconds after which no further model is tried, once there is one.
    on_progress : callable
        Called from the watching thread about twice a second.
    should_stop : callable
        Says whether a person asked to stop and keep the best.
    read : callable
        Turns AutoGluon's score (greater is better) into the metric's value as people read it; None where it cannot.
    """

    def __init__(
        self,
        *,
        seconds: float,
        search: float,
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
        read: Callable[[float], float | None],
    ) -> None:
        self._began = time.monotonic()
        self._seconds, self._search = seconds, search
        self._on_progress, self._should_stop, self._read = on_progress, should_stop, read
        self._progress = Progress(stage="Preparing the columns", seconds_left=seconds)
        self._best: float | None = None
        self._fitter = threading.get_ident()
        self._lock = threading.Lock()
        self._open = False  # whether the fitting thread may be interrupted right now
        self._until: float | None = None  # when what is open has to end, whatever there is
        self._interrupted = 0.0  # when it was last interrupted
        self._native = 0.0  # when CatBoost's own code last asked whether to go on
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="training-watch", daemon=True)
        self.stopped = False
        self.cut = False  # whether who asked last was told to end
        self.patience_left: int | None = None

    def __enter__(self) -> "Watch":
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop watching; nothing is reported or interrupted afterwards."""
        self._closed.set()
        self._thread.join()

    @property
    def elapsed(self) -> float:
        """Seconds since the fit began."""
        return time.monotonic() - self._began

    @property
    def left(self) -> float:
        """Seconds of the budget that are left."""
        return self._seconds - self.elapsed

    @property
    def models(self) -> int:
        """How many models were fitted."""
        return self._progress.models

    @property
    def enough(self) -> bool:
        """Whether no further model is to be tried: asked to stop, or out of time or patience, and there is one."""
        over = self.elapsed > self._search or self.patience_left == 0
        return self.models > 0 and (self.stopped or over)

    @property
    def over(self) -> bool:
        """Whether what is being fitted has to end now."""
        return self.enough if self._until is None else time.monotonic() > self._until

    def go_on(self) -> bool:
        """Answer CatBoost and LightGBM, which ask at each of their trees; while they do, nothing is raised in them."""
        self._native = time.monotonic()
        self.cut = self._open and self.over
        return not self.cut

    def stage(self, words: str) -> None:
        """Say what is being done now."""
        self._progress = self._progress.model_copy(update={"stage": words})
        self._report()

    def fitted(self, name: str, score: float | None) -> None:
        """Note a fitted model and its validation score in AutoGluon's sign."""
        changed: dict[str, Any] = {"models": self._progress.models + 1}
        improved = score is not None and (self._best is None or score > self._best)
        if score is not None and improved:
            self._best, value = score, self._read(score)
            changed["best_model"] = name
            if value is not None:
                changed["best_score"] = value
                changed["scores"] = (*self._progress.scores, (round(self.elapsed, 2), value))
        self._progress = self._progress.model_copy(update=changed)
        self._report()

    @contextmanager
    def breakable(self, seconds: float | None = None) -> Iterator[None]:
        """Let the watch end what runs inside by raising ``TimeLimitExceeded`` in it.

        Parameters
        ----------
        seconds : float, optional
            End it after this long; by default as soon as no further model is to be tried.
        """
        with self._lock:
            self._open, self._until = True, None if seconds is None else time.monotonic() + seconds
            self._interrupted = 0.0
        try:
            yield
        finally:
            with self._lock:
                self._open = False
                # One that was set but not yet raised must not reach what follows.
                _raise_in(self._fitter, None)

    def _run(self) -> None:
        while not self._closed.wait(_TICK):
            self.stopped = self.stopped or self._should_stop()
            self._report()
            with self._lock:
                # CatBoost swallows what is raised while its own code runs: it asks by itself.
                now = time.monotonic()
                listens = now - self._native > _NATIVE and now - self._interrupted > _AGAIN
                if self._open and self.over and listens:
                    self._interrupted = now
                    _raise_in(self._fitter, inside.broken_off())

    def _report(self) -> None:
        update = {"seconds": round(self.elapsed, 1), "seconds_left": round(max(0.0, self.left), 1)}
        self._progress = self._progress.model_copy(update=update)
        self._on_progress(self._progress)


class Listener(AbstractCallback):  # type: ignore[misc] # AutoGluon is untyped
    """Hears from AutoGluon before and after each model."""

    def __init__(self, watch: Watch, patience: int) -> None:
        super().__init__()
        self._watch, self._patience = watch, patience
        self._best: float | None = None
        watch.patience_left = patience

    def __getstate__(self) -> dict[str, Any]:
        """Keep nothing: the trainer pickles its callbacks while it fits, and threads cannot be pickled."""
        return {}

    def _before_model_fit(
        self, trainer: Any, model: Any, time_limit: float | None = None, stack_name: str = _CORE, level: int = 1
    ) -> tuple[bool, bool]:
        if stack_name != _CORE:
            return False, False  # the ensemble of what there is takes a moment, and is worth it
        if self._watch.enough:
            return False, True
        self._watch.stage(f"Trying model {self._watch.models + 1}")
        _break_into(model, self._watch)
        return False, False

    def _after_model_fit(self, trainer: Any, model_names: list[str], stack_name: str = _CORE, level: int = 1) -> bool:
        for name in model_names:
            score = trainer.get_model_attribute(name, "val_score")
            self._watch.fitted(name, score)
            better = score is not None and (self._best is None or score > self._best)
            self._best = score if better else self._best
            self._watch.patience_left = self._patience if better else (self._watch.patience_left or 1) - 1
        return False


def _break_into(model: Any, watch: Watch) -> None:
    """Make ``model.fit`` breakable, once. Outside of it an interruption could leave files half written."""
    original = model.fit

    def fit(*args: Any, **kwargs: Any) -> Any:
        model.__dict__.pop("fit", None)  # the model is pickled: it must not carry us along
        with watch.breakable():
            return original(*args, **kwargs)

    model.fit = fit


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Raise ``error`` in another thread at its next bytecode; None takes back one that was not raised yet."""
    target = None if error is None else ctypes.py_object(error)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), target)
