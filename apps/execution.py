"""Execution telemetry of one session, at `/live/execution/{session_id}`."""

import panel as pn

from peak_trade.models.execution import ExecutionModel
from peak_trade.serve.runtime import runtime
from peak_trade.views.execution import OneExecution

current = runtime()
session_id = pn.state.route_params["session_id"]
OneExecution(ExecutionModel(current.store, current.settings, session_id=session_id)).servable()
