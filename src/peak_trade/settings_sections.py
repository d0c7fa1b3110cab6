"""The sections of the settings table: every name with its type, default and meaning.

Assumes nothing; `settings` reads their values. Guarantees that values cannot be changed.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from peak_trade.addresses import store_fault
from peak_trade.marked import mark


def _exactly_one(value: object) -> object:
    return value == "1" if isinstance(value, str) else value


def _split(value: object) -> object:
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(",") if part.strip()]


def _root(value: str) -> str:
    if fault := store_fault(value):
        raise ValueError(fault)
    return value


def _file_name(value: str) -> str:
    if "\0" in value or value != value.encode(errors="replace").decode():
        raise ValueError("has a NUL, or a byte that is no UTF-8")
    return value


Switch = Annotated[bool, BeforeValidator(_exactly_one)]
Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
FileName = Annotated[str, AfterValidator(_file_name)]
Root = Annotated[FileName, AfterValidator(_root)]
Directory = Annotated[FileName, Field(min_length=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
YEAR: Final = 366 * 86_400
"""Seconds of the longest period and of the longest grace: all times can be reckoned with them."""
Period = Annotated[float, Field(gt=0, le=YEAR, allow_inf_nan=False)]
Grace = Annotated[float, Field(ge=0, le=YEAR, allow_inf_nan=False)]
Candles = Annotated[int, Field(ge=1, le=10_000)]

SHARED: Final = frozenset(
    {
        "web_ui",
        "shadow_paper_logging",
        "shadow_paper",
        "live_risk",
        "telemetry_retention",
        "exchange",
    }
)
"""Sections that files of the trading system have, too, with more keys than those here."""

OF_RUNNERS: Final = frozenset(
    {"shadow_paper", "live_risk", "telemetry_retention", "exchange", "strategy"}
)
"""Sections that the console does not use: what is wrong in them does not keep it from starting."""

NESTED: Final = {"telemetry_retention": ("execution_telemetry", "retention")}
"""Sections that a file may have inside of another one."""


class Section(BaseModel):
    """A section of the table."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WebUi(Section):
    """The web server."""

    enabled: bool = Field(
        True, description=mark("Serve at all; `false` makes `serve` refuse to start.")
    )
    host: str = Field("127.0.0.1", min_length=1, description=mark("Address to listen on."))
    port: int = Field(
        8000, ge=0, le=65535, description=mark("Port to listen on; 0 takes a free one.")
    )
    prefix: str = Field(
        "",
        pattern=r"^(/[A-Za-z0-9._~%@-]+)*$",
        description=mark(
            "Path below which everything is served, such as `/peak`, for a proxy that"
            " passes requests on as they come."
        ),
    )
    auto_refresh_seconds: Period = Field(
        5.0, description=mark("Period in which open pages look for changes.")
    )
    insecure_public: bool = Field(
        False,
        description=mark(
            "Listen on other addresses than loopback, although there is no log-in: whoever"
            " reaches them reads everything."
        ),
    )
    max_streams: int = Field(
        4000, ge=1, description=mark("Streams of run events at a time; beyond, 503.")
    )
    allowed_hosts: Names = Field(
        (),
        description=mark(
            "Host names that requests may carry besides localhost, 127.0.0.1, ::1 and"
            " `host`, such as that of a proxy; others are answered with 421. In the environment:"
            " separated by commas."
        ),
    )
    log_format: Literal["text", "json"] = Field(
        "text",
        description=mark("Form of the log of `peak-trade serve`: lines of text, or JSON lines."),
    )
    trading_metrics_limit: int = Field(
        0,
        ge=0,
        le=1000,
        description=mark(
            "Newest runs, and newest sessions, whose metrics are in `/metrics`; 0: none."
        ),
    )


class ShadowPaperLogging(Section):
    """Where runs are written and how."""

    enabled: bool = Field(
        True, description=mark("Write run artifacts; `false` makes runners refuse to start.")
    )
    base_dir: Directory = Field("live_runs", description=mark("Directory of the run directories."))
    flush_interval_steps: int = Field(
        50, ge=1, description=mark("Steps between two writes of events.")
    )
    format: Literal["parquet", "csv"] = Field("csv", description=mark("File format of run events."))
    write_markdown_report_on_finish: bool = Field(
        False, description=mark("Known for compatibility; has no effect.")
    )
    log_ohlc_details: bool = Field(
        True, description=mark("Known for compatibility; has no effect.")
    )
    log_order_details: bool = Field(
        True, description=mark("Known for compatibility; has no effect.")
    )
    log_risk_details: bool = Field(
        True, description=mark("Known for compatibility; has no effect.")
    )


class ShadowPaper(Section):
    """What runners trade and at what cost, where their options do not say it."""

    symbol: str = Field("BTC/EUR", min_length=1, description=mark("Traded pair."))
    timeframe: str = Field(
        "1m",
        min_length=1,
        description=mark("Length of a bar, where candles of a file do not tell it."),
    )
    poll_interval_seconds: Period = Field(
        10.0, description=mark("Time between two questions for new candles.")
    )
    warmup_candles: int = Field(
        200, ge=0, description=mark("Past bars that the strategy sees first.")
    )
    start_balance: Positive = Field(
        10_000.0, description=mark("Cash at the start, account currency.")
    )
    position_fraction: float = Field(
        0.1, gt=0, le=1, description=mark("Share of the equity that a buy uses, fee included.")
    )
    fee_rate: float = Field(
        0.0026, ge=0, lt=1, description=mark("Fee, a fraction of the notional of each fill.")
    )
    slippage_bps: float = Field(
        5.0,
        ge=0,
        lt=10_000,
        description=mark("Basis points by which a fill is worse than the open."),
    )


class LiveRisk(Section):
    """Limits of runners; 0: no limit. An option for the same limit replaces it."""

    enabled: bool = Field(True, description=mark("Use the limits of this section."))
    max_order_notional: NotNegative = Field(0.0, description=mark("Most notional of one buy."))
    max_symbol_exposure_notional: NotNegative = Field(
        0.0, description=mark("Most notional of the position.")
    )
    max_total_exposure_notional: NotNegative = Field(
        0.0, description=mark("The same, as there is one position.")
    )
    max_daily_loss_abs: NotNegative = Field(
        0.0, description=mark("Most loss in a UTC day, account currency.")
    )
    max_daily_loss_pct: float = Field(
        0.0,
        ge=0,
        le=100,
        description=mark("Most loss in a UTC day, percent of the equity at its start."),
    )


class TelemetryRetention(Section):
    """What `peak-trade telemetry retention` keeps; in files `[execution_telemetry.retention]`."""

    enabled: bool = Field(True, description=mark("`false` leaves all logs as they are."))
    max_age_days: NotNegative = Field(30.0, description=mark("Delete older logs."))
    keep_last_n_sessions: int = Field(200, ge=0, description=mark("But not these newest."))
    max_total_mb: NotNegative = Field(
        2048.0, description=mark("Delete the oldest above this size.")
    )
    compress_after_days: NotNegative = Field(7.0, description=mark("Compress older logs."))


class Dashboard(Section):
    """Where the other artifacts are."""

    root: Root = Field(
        "",
        description=mark(
            "What relative directories are resolved against; empty: current directory. It can be"
            " an address such as `s3://bucket/desk`, too."
        ),
    )
    sessions_dir: Directory = Field(
        "reports/experiments/live_sessions", description=mark("Directory of the session records.")
    )
    telemetry_dir: Directory = Field(
        "logs/execution", description=mark("Directory of the execution telemetry logs.")
    )
    alerts_dir: FileName = Field(
        "", description=mark("Directory of the daily alert files; empty: `alerts` under the runs.")
    )
    health_snapshots: Directory = Field(
        "logs/telemetry_health_snapshots.jsonl",
        description=mark("File of telemetry health snapshots."),
    )
    telemetry_alerts: Directory = Field(
        "logs/telemetry_alerts.jsonl", description=mark("File of telemetry rule alerts.")
    )
    pages: Names = Field(
        (),
        description="Panel app files of your own, served at `/my/<name>`; relative to the file that"
        " names them. Obeyed in a file that `--config` or `PEAK_TRADE_CONFIG_PATH` names, alone:"
        " they run with the rights of the server.",
    )


class Store(Section):
    """The in-memory state of the artifacts."""

    max_memory_mb: int = Field(
        1024,
        ge=16,
        description=mark("Memory for rows of artifacts; the least recently used are dropped."),
    )
    poll_seconds: Period = Field(
        2.0,
        description=mark("Period of looking for changes where the system does not report them."),
    )
    read_threads: int = Field(
        4, ge=1, le=64, description=mark("Threads that read and parse artifacts.")
    )
    max_waiting: int = Field(
        256, ge=1, description=mark("Reads that may wait; beyond, requests are answered with 503.")
    )


class Storage(Section):
    """The copy of a root that is an address."""

    cache: FileName = Field(
        "",
        description=mark(
            "Directory of the copies; empty: `peak-trade` in the cache directory of the user."
        ),
    )
    poll_seconds: Period = Field(5.0, description=mark("Period of listing the store."))
    requests_per_minute: int = Field(
        3000, ge=1, description=mark("Requests to the store in any minute, at most.")
    )
    max_objects: int = Field(
        200_000, ge=1, description=mark("Objects in the copy, at most; the newest are taken.")
    )
    max_object_mb: int = Field(
        1024, ge=1, description=mark("Size of an object in the copy, at most.")
    )
    max_mb: int = Field(
        20_480, ge=1, description=mark("Size of the copy, at most; the newest objects are taken.")
    )


class Fleet(Section):
    """The dataset of all runs that `peak-trade fleet build` makes."""

    path: FileName = Field(
        "",
        description=mark(
            "Where it is, outside of the root, relative to it if not absolute, such as `../fleet`;"
            " empty: there is none."
        ),
    )


class Exchange(Section):
    """The exchange that sessions read; keys come from the environment alone."""

    id: str = Field("kraken", min_length=1, description=mark("Exchange, by its name in ccxt."))
    sandbox: bool = Field(
        True, description=mark("Use the test environment of the exchange, where it has one.")
    )
    base_url: str = Field(
        "",
        pattern=r"^(https?://[^/]+)?$",
        description=mark("Scheme and host to ask instead of the exchange's own; empty: its own."),
    )
    timeout_seconds: Period = Field(
        10.0, description=mark("Longest silence of the exchange in a request.")
    )
    deadline_seconds: Period = Field(
        30.0, description=mark("Longest time of a call, all its tries in it.")
    )
    attempts: int = Field(
        4, ge=1, description=mark("Tries of a call that fails for a passing reason.")
    )
    retry_wait_seconds: Grace = Field(
        0.5, description=mark("Wait before the second try; then it doubles.")
    )
    retry_max_wait_seconds: Grace = Field(8.0, description=mark("Longest wait between two tries."))
    breaker_failures: int = Field(
        5,
        ge=1,
        description=mark("Failed tries in a row after which the exchange is left in peace."),
    )
    breaker_reset_seconds: Period = Field(
        60.0, description=mark("How long it is left in peace before one try.")
    )
    patience_seconds: Grace = Field(
        900.0, description=mark("How long a session asks on after a refusal of what worked before.")
    )
    rate_limit_ms: int = Field(
        0,
        ge=0,
        description=mark("Shortest time between two requests; 0: what the exchange asks for."),
    )


class Freshness(Section):
    """From which silence on a run or session is late, stale, crashed."""

    late_seconds: Grace = Field(
        15.0,
        description=mark(
            "Grace beyond one candle (and what the writer holds back) before it is late."
        ),
    )
    stale_candles: Candles = Field(3, description=mark("Candles of silence before it is stale."))
    stale_seconds: Grace = Field(
        60.0,
        description=mark(
            "Grace beyond these. Also how long a sign of life counts where no cadence is known."
        ),
    )
    crashed_candles: Candles = Field(
        10,
        description=mark("Candles of silence after which who has not ended counts as crashed."),
    )
    crashed_seconds: Grace = Field(
        600.0, description=mark("Shortest silence that counts as crashed.")
    )
