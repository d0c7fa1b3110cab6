"""What a process has once: settings, store, and the stream of changes.

Guarantees: made when first asked for, from the settings given by `configure`, else from file and
environment; its background tasks start with the first server and outside of any browser session.
"""

from __future__ import annotations

from peak_trade import clock
from peak_trade.contract.base.route import Context, Route
from peak_trade.contract.base.workers import Workers
from peak_trade.contract.registry.routes import Services, route_table
from peak_trade.contract.streams.changes import ChangeStream
from peak_trade.contract.streams.run_events import RunStreams
from peak_trade.reports.build import Reports
from peak_trade.serve.garbage import look_seldom
from peak_trade.settings import Settings, load
from peak_trade.store.live import LiveStore
from peak_trade.store.survey import Survey
from peak_trade.web.metrics import Metrics


class Runtime:
    """The parts that pages and routes share."""

    def __init__(self, settings: Settings, workers: Workers | None = None) -> None:
        self.settings = settings
        self.workers = workers
        """All workers, where this process is one of several; replaced when one changes."""
        self.store = LiveStore(settings)
        self.survey = Survey(self.store, settings.store.poll_seconds)
        self.changes = ChangeStream(self.store.subscribe, settings.web_ui.max_streams)
        self.run_streams = RunStreams(self.store, settings.web_ui.max_streams)
        self.reports = Reports()
        self.metrics = Metrics(
            settings,
            self.store,
            lambda: {"changes": self.changes.followers, "run": self.run_streams.followers},
            lambda: self.workers,
        )
        self.routes: tuple[Route, ...] = route_table(
            Services(
                self.changes.build,
                self.run_streams.build,
                self.metrics.build,
                self.reports.of_run,
                self.reports.of_session,
            )
        )

    def context(self) -> Context:
        """Return what a build function may use, as of now."""
        has_metrics = self.metrics.collectors is not None
        return Context(
            *(self.store, self.settings, clock.now()),
            has_metrics=has_metrics,
            workers=self.workers,
        )

    async def start(self) -> None:
        """Begin to watch the artifacts, and to count what of them cannot be read."""
        look_seldom()
        self.store.start()
        self.survey.start()
        self.changes.start()
        self.metrics.start()

    async def stop(self) -> None:
        """Stop watching."""
        self.metrics.stop()
        self.run_streams.stop()
        await self.changes.stop()
        await self.survey.stop()
        await self.store.stop()


_runtime: Runtime | None = None


def configure(settings: Settings, workers: Workers | None = None) -> Runtime:
    """Make the process-wide runtime from `settings`, of one of several `workers`."""
    global _runtime  # noqa: PLW0603  one per process by design
    settings.log_warnings()
    _runtime = Runtime(settings, workers)
    return _runtime


def runtime() -> Runtime:
    """Return the process-wide runtime.

    Raises
    ------
    SettingsError
        If it has to be made and the settings cannot be used.
    """
    return _runtime or configure(load(by_address=True).settings)
