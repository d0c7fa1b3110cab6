"""Placeholder of the page."""

import panel as pn

pn.pane.Str("watch " + str(pn.state.route_params)).servable(title="watch")
