"""The page that shows the OpenAPI document: everything it loads comes from this server."""

from __future__ import annotations

from typing import Final

from peak_trade.contract.base.route import Context, Params, Raw

_PAGE: Final = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Peak_Trade API - Swagger UI</title>
<link rel="stylesheet" href="static/peak_trade/swagger/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<noscript><p>Without JavaScript: <a href="openapi.json">openapi.json</a></p></noscript>
<script src="static/peak_trade/swagger/swagger-ui-bundle.js"></script>
<script src="static/peak_trade/swagger/init.js"></script>
</body>
</html>
"""


async def build(context: Context, params: Params) -> Raw:
    """Give the page."""
    return Raw(_PAGE, "text/html; charset=utf-8")
