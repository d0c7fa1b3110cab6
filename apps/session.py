"""One session, at `/session/{session_id}`."""

import panel as pn

from peak_trade.models.session import SessionModel
from peak_trade.serve.runtime import runtime
from peak_trade.views.session import OneSession

current = runtime()
session_id = pn.state.route_params["session_id"]
OneSession(SessionModel(current.store, current.settings, session_id=session_id)).servable()
