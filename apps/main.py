"""Placeholder of the page."""

import panel as pn

pn.pane.Str("main " + str(pn.state.route_params)).servable(title="main")
