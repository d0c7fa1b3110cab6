"""Names in the trading system's configuration files that the product knows and does not use.

They load without an error; any other unknown name is refused by `settings.load`.
"""

from __future__ import annotations

IGNORED = {
    section: keys.split()
    for section, keys in {
        "exchange": "enable_rate_limit default_type",
        "exchange.credentials": "api_key secret",
        "exchange.options": "timeout verbose",
        "exchange.kraken_testnet": """enabled base_url api_key_env_var api_secret_env_var
            validate_only timeout_seconds max_retries rate_limit_ms""",
        "shadow_paper": """enabled mode symbol timeframe poll_interval_seconds warmup_candles
            start_balance position_fraction fee_rate slippage_bps""",
        "live_exchange": """name use_sandbox base_url rate_limit_ms max_retries
            retry_delay_seconds""",
        "shadow": "enabled run_type fee_rate slippage_bps base_currency log_all_orders",
        "environment": """mode enable_live_trading require_confirm_token confirm_token
            testnet_dry_run log_all_orders""",
        "live_risk": """enabled base_currency max_order_notional max_symbol_exposure_notional
            max_total_exposure_notional max_open_positions max_daily_loss_abs max_daily_loss_pct
            block_on_violation use_experiments_for_daily_pnl""",
        "live_monitoring": "default_interval_seconds default_tail_rows use_colors",
        "alerts": "enabled default_min_severity debounce_seconds send_recovery_alerts",
        "execution_telemetry": "",
        "execution_telemetry.retention": """enabled max_age_days keep_last_n_sessions max_total_mb
            compress_after_days protect_keep_last_from_compress""",
        "telemetry": "",
    }.items()
}
"""Section to its keys."""

OPEN_SECTIONS = frozenset(
    {
        "exchange.dummy",
        "alerts.slack",
        "alerts.email",
        "alerts.rules",
        "telemetry.alerting",
        "resilience",
    }
)
"""Sections whose keys are listed nowhere: any name is accepted."""
