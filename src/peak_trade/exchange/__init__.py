"""Reading an exchange: candles, prices, balances, limits and state. Nothing can be ordered here.

Assumes that runners alone import this room, and only where a session needs it: it needs the extra
`exchange`. Guarantees that no call can place, change or cancel an order or move money, that every
call ends by its deadline, and that keys leave this process in signed requests alone.
"""
