// One readout for all charts of a part: the values at the crosshair, or the newest ones. The pointer,
// a tap and the keyboard move it; a table has the same values for who cannot see the charts.
(() => {
  // What Bokeh does not promise to keep, all of it; each has a test of its name that fails when Bokeh
  // has changed.
  const inside = {
    sheet: () => globalThis.Bokeh?.require("styles/canvas.css"),
    chart: (area, name) =>
      [...Bokeh.index.query((view) => view.model.name === name && view.frame && holds(area, view.el))][0],
    visible: (view) => view.model.visible,
    sources: (view) => view.model.renderers.map((one) => one.data_source?.name),
    data: (view, name) =>
      view.model.renderers.find((one) => one.data_source?.name === name)?.data_source.data,
    tags: (view) => view.model.tags,
    surface: (view) => view.canvas_view.events_el,
    frame: (view) => view.frame.bbox,
    scales: (view) => [view.frame.x_scale, view.frame.y_scale],
  }

  // A swipe up or down scrolls the page also where it begins on a chart; across, it moves the chart.
  const sheet = inside.sheet() // a notebook loads Bokeh when it likes
  if (sheet) sheet.default += ".bk-events { touch-action: pan-y !important; }"

  // Whether an element is within an area, across the borders of parts.
  const above = (node) => node.parentNode ?? node.host
  function holds(area, node) {
    while (node && node !== area) node = above(node)
    return node === area
  }

  const NONE = "\u2014"
  const PANES = [0, 1, 2, 3].map((place) => `indicator ${place}`)
  const CHARTS = ["price", "volume", "position", ...PANES, "equity", "drawdown"]
  const MARKS = {
    signals: ["\u25c7", "signal"], bought: ["\u25b2", "bought"], sold: ["\u25bc", "sold"],
    blocked: ["\u2297", "blocked"],
  }
  const PERIOD = 500 // ms between two looks at whether new data came

  // A notebook has several areas with charts of one name. What a readout does, it does at once; what
  // it finds meanwhile it finds once, for to find a chart Bokeh goes through all that is drawn.
  let area = null // of the readout that does something
  const drawn = new Map()
  function chartOf(name) {
    if (!drawn.has(name)) drawn.set(name, inside.chart(area, name))
    return drawn.get(name)
  }
  const charts = (names) => names.map(chartOf).filter((view) => view && inside.visible(view))
  function column(chart, source, name) {
    const view = chartOf(chart)
    return view ? Array.from(inside.data(view, source)?.[name] ?? []) : []
  }
  // Equity and drawdown share their points; a part may have only one of them.
  const curve = (name) => column(chartOf("equity") ? "equity" : "drawdown", "curve", name)
  function tags(chart) {
    const view = chartOf(chart)
    return (view && inside.tags(view) || []).join()
  }
  function digits(chart) {
    const [, least, most] = /digits (\d+) (\d+)/.exec(tags(chart)) ?? []
    return (value) => Number.isFinite(value) ? peak.decimal(value, Number(least ?? 0), Number(most ?? 8)) : NONE
  }

  // What is drawn, as rows in order of time: candles, or closes, or the points of the curve.
  function bars() {
    const rows = []
    for (const source of ["up", "down"]) {
      const [time, open, high, low, close] =
        ["time", "open", "high", "low", "close"].map((name) => column("price", source, name))
      time.forEach((at, i) => rows.push({at, open: open[i], high: high[i], low: low[i], close: close[i]}))
    }
    if (!rows.length) {
      const close = column("price", "closes", "close")
      column("price", "closes", "time").forEach((at, i) => rows.push({at, close: close[i]}))
    }
    if (!rows.length) {
      for (const at of curve("time")) if (Number.isFinite(at)) rows.push({at})
    }
    return rows.sort((one, other) => one.at - other.at)
  }
  function nearest(times, at) {
    let found = -1
    times.forEach((time, i) => {
      if (Math.abs(time - at) < Math.abs(times[found] - at) || (found < 0 && Number.isFinite(time))) found = i
    })
    return found
  }
  // Values of a step: those that hold since the last time before this one.
  function held(end) {
    const place = column("position", "held", "time").findLastIndex((time) => time < end)
    if (place < 0) return NONE
    const write = digits("position")
    const [least, greatest] = ["least", "greatest"].map((name) => write(column("position", "held", name)[place]))
    return least === greatest ? least : `${least} \u2026 ${greatest}`
  }
  const halfOf = (rows) => Math.min(...rows.slice(1).map((row, i) => row.at - rows[i].at).filter(Boolean)) / 2
  // Values of indicators at a candle: of those over the price, and of those in panes of their own.
  const indicators = (at, half) => ["price", ...PANES].flatMap((chart) => charts([chart]).flatMap((view) =>
    inside.sources(view).filter((source) => source?.startsWith("indicator ")).flatMap((source) => {
      const [times, found] = ["time", "value"].map((name) => column(chart, source, name))
      const place = nearest(times, at)
      if (place < 0) return [] // its line is there, and draws nothing
      const value = Math.abs(times[place] - at) < half ? found[place] : NaN
      return [{name: source.slice("indicator ".length), text: digits(chart)(value), isGiven: true}]
    })))
  function marks(at, half) {
    const found = []
    for (const [source, [shape, label]] of Object.entries(MARKS)) {
      const [price, value, count] =
        ["price", "value", "marks"].map((name) => column("price", source, name))
      const reasons = source === "blocked" ? column("price", "reasons", "reason") : []
      column("price", source, "time").forEach((time, i) => {
        if (Math.abs(time - at) >= half && time !== at) return
        const several = count[i] > 1 ? ` \u00d7${count[i]}` : ""
        const what = source === "signals" ? ` ${peak.written(value[i], {signDisplay: "exceptZero"})}` : ""
        const from = source === "signals" ? indicators(time, half) : []
        const why = from.map(({name, text}) => `${name} ${text}`).join(", ") || reasons[i]
        found.push(`${shape} ${peak.word(label)}${what}${several} @ ${digits("price")(price[i])}${why ? `: ${why}` : ""}`)
      })
    }
    return found
  }
  function gap(at) {
    const chart = chartOf("price") ? "price" : "equity"
    const [first, last] = ["first", "last"].map((name) => column(chart, "gaps", name))
    const place = first.findIndex((time, i) => time < at && at < last[i])
    return place < 0 ? [] : [peak.missing(first[place], last[place])]
  }

  // Names and texts of one row; of the charts that are there. They may be of several things, each
  // a `group` with a `tone`: then they are a table with a row for each.
  function values(rows, place) {
    const row = rows[place]
    const end = rows[place + 1]?.at ?? Infinity // candles may be merged: their close is the last of them
    const said = []
    const tell = (name, text, tone) => said.push({name, text, tone})
    const price = digits("price")
    if (row.open !== undefined) {
      for (const name of ["open", "high", "low"]) tell(name, price(row[name]))
    }
    if (row.close !== undefined) {
      const change = row.close / rows[place - 1]?.close - 1
      tell("close", price(row.close))
      const shown = Number.isFinite(change) ? peak.percent(change) : NONE
      tell("change", shown, peak.tone(shown))
    }
    for (const view of charts(CHARTS)) {
      if (view === chartOf("volume")) {
        const traded = column("volume", "traded", "time").indexOf(row.at)
        tell("volume", digits("volume")(column("volume", "traded", "volume")[traded]))
      }
      if (view === chartOf("position")) tell("position", held(end))
    }
    said.push(...indicators(row.at, halfOf(rows)))
    const times = curve("time"), last = times.findLastIndex((time) => time < end)
    const point = times[last] >= row.at ? last : nearest(times, row.at)
    if (point >= 0) {
      if (chartOf("equity")) tell("equity", digits("equity")(curve("equity")[point]))
      const fall = curve("drawdown")[point]
      tell("drawdown", Number.isFinite(fall) ? peak.percent(fall) : NONE)
    }
    return said
  }

  const run = {
    charts: CHARTS,
    rows: bars,
    values,
    notes(at, rows, {at: shown}) {
      return [...at === null ? [] : gap(at), ...marks(shown, halfOf(rows))]
    },
    isBetween: (at) => gap(at).length > 0,
    when: (at) => `${peak.format(at, "full")} ${peak.zoneName}`,
    label: (at) => peak.format(at, "day"),
    write: (chart) => chart === "drawdown" ? peak.percent : digits(chart),
    height: () => "",
  }

  function element(tag, text, tone) {
    const made = document.createElement(tag)
    made.textContent = text
    if (tone) made.dataset.level = tone
    return made
  }

  // What an artifact calls something is not translated.
  const called = ({name, isGiven}) => isGiven ? name : peak.word(name)
  function pair(one) {
    const {name, text, tone} = one
    const made = element("span", "")
    made.dataset.name = name
    if (one.isGiven) made.dataset.given = ""
    made.append(element("small", called(one)), " ", element("b", text, tone))
    return made
  }
  function table(found) {
    const made = element("table", "")
    const groups = [...new Set(found.map(({group}) => group))]
    const head = made.createTHead().insertRow()
    const of = (group) => found.filter((one) => one.group === group)
    head.append(element("td", ""), ...of(groups[0]).map(({name}) => element("th", peak.word(name))))
    const body = made.createTBody()
    for (const group of groups) {
      const cells = of(group)
      const row = body.insertRow()
      const letter = row.appendChild(element("th", "")).appendChild(element("strong", group))
      letter.className = "letter"
      letter.dataset.tone = cells[0].mark
      for (const {name, text, tone} of cells) row.appendChild(element("td", text, tone)).dataset.name = name
    }
    for (const one of made.querySelectorAll("th")) one.scope = one.closest("thead") ? "col" : "row"
    return made
  }

  class Readout {
    // The charts are in `around`; `place` has the line and the table, and gets the labels.
    constructor(around, place = around) {
      this.place = place
      this.subject = peak.readouts[place.dataset.charts] ?? run
      this.line = place.querySelector(".readout")
      this.table = place.querySelector(".values")
      this.labels = ["x", "y"].map((name) => {
        const label = place.appendChild(element("span", ""))
        label.className = `at-crosshair ${name}`
        label.hidden = true
        return label
      })
      this.at = null // where the crosshair is, usually a time; null: at the newest
      this.row = null // where the row is that is shown
      this.shown = ""
      const ended = new AbortController()
      const here = (act) => (event) => {
        area = around
        drawn.clear()
        act(event)
      }
      const on = (target, type, act) => target.addEventListener(type, here(act), {signal: ended.signal})
      on(around, "pointermove", (event) => this.point(event))
      on(around, "pointerdown", (event) => this.point(event))
      on(around, "pointerleave", (event) => event.pointerType === "touch" || this.leave())
      on(place, "keydown", (event) => this.press(event))
      on(place, "blur", () => this.leave())
      on(this.table, "toggle", () => this.list())
      on(globalThis, "peak-zone", () => this.show())
      const look = here(() => document.hidden || this.show())
      here(() => this.show())()
      const looking = setInterval(look, PERIOD)
      this.end = () => {
        clearInterval(looking)
        ended.abort()
      }
    }

    charts() {
      return charts(this.subject.charts)
    }

    // The chart under a place of the screen, with the time there.
    under(x, y) {
      for (const view of this.charts()) {
        const {left, right, top, bottom} = this.frame(view)
        if (x >= left && x <= right && y >= top && y <= bottom) return view
      }
      return null
    }
    frame(view) {
      const {x, y} = inside.surface(view).getBoundingClientRect()
      const {x0, x1, y0, y1} = inside.frame(view)
      return {x, y, left: x + x0, right: x + x1, top: y + y0, bottom: y + y1}
    }

    point(event) {
      const view = this.under(event.clientX, event.clientY)
      if (!view) return this.leave()
      const {x, y} = this.frame(view)
      const [across, up] = inside.scales(view)
      this.at = across.invert(event.clientX - x)
      this.show()
      this.label(view, event.clientX, event.clientY, up.invert(event.clientY - y))
    }
    // The time below the lowest chart and the value beside this one, where the crosshair is.
    label(view, clientX, clientY, value) {
      const origin = this.place.getBoundingClientRect()
      const lowest = this.frame(this.charts().at(-1))
      const [x, y] = this.labels
      const write = this.subject.write(this.subject.charts.find((one) => chartOf(one) === view))
      x.textContent = this.subject.label(this.row)
      y.textContent = write(Number(value.toPrecision(6)))
      x.style.left = `${clientX - origin.x}px`
      x.style.top = `${lowest.bottom - origin.y + 2}px`
      y.style.left = `${this.frame(view).left - origin.x}px`
      y.style.top = `${clientY - origin.y}px`
      x.hidden = y.hidden = false
    }
    leave() {
      this.at = null
      for (const label of this.labels) label.hidden = true
      this.show()
    }

    show() {
      this.line.style.minHeight = this.subject.height()
      const rows = this.charts().length ? this.subject.rows() : []
      if (!rows.length) {
        this.shown = ""
        return this.line.replaceChildren()
      }
      const place = this.at === null ? rows.length - 1 : nearest(rows.map((row) => row.at), this.at)
      const {subject} = this
      this.row = rows[place].at
      const when = subject.when(this.row)
      const found = this.at !== null && subject.isBetween(this.at) ? [] : subject.values(rows, place, this.at === null)
      this.write(this.at === null ? `${peak.word("newest")} ${when}` : when, found, subject.notes(this.at, rows, rows[place]))
    }
    write(when, found, notes) {
      const all = JSON.stringify([when, found, notes])
      if (all === this.shown) return
      this.shown = all
      this.line.ariaLive = this.at === null ? "off" : "polite" // new rows are not read out, a choice is
      const note = element("p", notes.join("  "))
      note.title = notes.join("\n")
      const shown = found[0]?.group ? [table(found)] : found.map(pair)
      this.line.replaceChildren(element("time", when), ...shown, note)
    }

    // Arrows move by a candle, with Shift by ten; the crosshair follows as if the pointer had moved.
    press(event) {
      if (event.target !== this.place || event.ctrlKey || event.altKey || event.metaKey) return
      const rows = this.subject.rows()
      const times = rows.map((row) => row.at)
      const now = this.at === null ? times.length - 1 : nearest(times, this.at)
      const far = event.shiftKey ? 10 : 1
      const places = {
        ArrowLeft: now - far, ArrowRight: now + far, Home: 0, End: times.length - 1,
        "+": now, "=": now, "-": now,
      }
      if (event.key === "Escape") return this.leave()
      if (!(event.key in places) || !times.length) return
      event.preventDefault()
      const [view] = this.charts()
      const {x, left, right, top, bottom} = this.frame(view)
      const at = times[Math.min(Math.max(places[event.key], 0), times.length - 1)]
      const clientX = Math.min(Math.max(x + inside.scales(view)[0].compute(at), left), right)
      const clientY = (top + bottom) / 2
      const there = {bubbles: true, composed: true, clientX, clientY, pointerType: "mouse"}
      const zoom = {"+": -120, "=": -120, "-": 120}[event.key]
      const surface = inside.surface(view)
      surface.dispatchEvent(new PointerEvent("pointermove", there))
      if (zoom) surface.dispatchEvent(new WheelEvent("wheel", {...there, deltaY: zoom, cancelable: true}))
    }

    list() {
      this.table.querySelector("table")?.remove()
      if (!this.table.open) return
      const rows = this.subject.rows()
      if (!rows.length) return
      const {subject} = this
      const table = this.table.appendChild(element("table", ""))
      const head = table.createTHead().insertRow()
      const write = (row, texts, scope) => texts.forEach((text, i) => {
        const cell = row.appendChild(element(scope || i === 0 ? "th" : "td", text))
        cell.scope = scope || (i === 0 ? "row" : "")
        cell.className = i ? "number" : ""
      })
      const named = (one) => one.group ? `${one.group} ${called(one)}` : called(one)
      write(head, [peak.word(subject.along?.() ?? "time"), ...subject.values(rows, 0).map(named)], "col")
      const body = table.createTBody()
      rows.forEach((row, i) => write(
        body.insertRow(),
        [subject.when(row.at), ...subject.values(rows, i).map(({text}) => text)],
      ))
    }
  }

  peak.readouts = {run}
  peak.drawn = {column, digits, tags}

  // <peak-readout>: the same for the part of a notebook that it stands in.
  class PartReadout extends HTMLElement {
    connectedCallback() {
      const line = element("div", "")
      const table = element("details", "")
      line.className = "readout"
      table.className = "values"
      table.append(element("summary", peak.word("Values as a table")))
      this.replaceChildren(line, table)
      this.tabIndex = 0
      const part = this.getRootNode().host // of this element; around it is that of the charts
      this.readout = new Readout(part.getRootNode().host, this)
      // JupyterLab would take the keys for its own.
      const outermost = (node) => node.getRootNode().host ? outermost(node.getRootNode().host) : node
      const keep = (on) => outermost(part).toggleAttribute("data-lm-suppress-shortcuts", on)
      this.onfocus = () => keep(true)
      this.onblur = () => keep(false)
    }
    disconnectedCallback() {
      this.readout.end()
    }
  }
  customElements.define("peak-readout", PartReadout)

  // Once: what loads the modules of components says a second time that the page is there.
  document.addEventListener("DOMContentLoaded", () => {
    for (const area of document.querySelectorAll("[data-charts]")) new Readout(area)
  }, {once: true})
})()
