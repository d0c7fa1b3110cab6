"""Execution telemetry of one session, at `/live/execution/{session_id}`."""

from peak_trade.models.execution import ExecutionModel
from peak_trade.serve.served import show
from peak_trade.views.execution.page import ExecutionPage

show(
    lambda current, session_id: ExecutionPage(
        ExecutionModel(current.store, current.settings, session_id=session_id)
    )
)
