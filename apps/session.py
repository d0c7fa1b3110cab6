"""One session, at `/session/{session_id}`."""

from peak_trade.serve.served import show

show("session")
