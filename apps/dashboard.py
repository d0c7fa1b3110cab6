"""Placeholder of the page."""

import panel as pn

pn.pane.Str("dashboard " + str(pn.state.route_params)).servable(title="dashboard")
