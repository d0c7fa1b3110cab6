// Tooltips of charts have the colours of the page. It runs between Bokeh and the first chart: a tooltip
// keeps the rules that it was made with.

// What Bokeh does not promise to keep; it has a test of its name that fails when Bokeh has changed.
const inside = {
  sheet: () => Bokeh.require("styles/tooltips.css"),
}
inside.sheet().default = inside.sheet().default.replace("#26aae1", "var(--pt-muted)")
