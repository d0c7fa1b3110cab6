"""One session, at `/session/{session_id}`."""

from peak_trade.models.session import SessionModel
from peak_trade.serve.served import show
from peak_trade.views.session.page import SessionPage

show(
    lambda current, session_id: SessionPage(
        SessionModel(current.store, current.settings, session_id=session_id)
    )
)
