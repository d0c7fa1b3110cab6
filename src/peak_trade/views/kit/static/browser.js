// What the page and the browser tell each other besides content: the entry of the history that
// stands for the view, whether anyone can see the page, and the colours and images of charts.

// What Bokeh does not promise to keep, all of it; each has a test of its name that fails when Bokeh
// has changed.
const inside = {
  models: (view) => view.model.document.all_models,
  type: (model) => model.type,
  tags: (model) => model.tags ?? [],
  set(model, name, value) {
    const property = model.properties[name]
    if (!property) return
    property.internal = true // a notebook would tell the kernel all the same
    model.setv({[name]: value}, {sync: false})
    property.internal = false
  },
  put: (model, values) => model.setv(values, {silent: true}),
  layout(figures) {
    const roots = new Map()
    for (const view of Bokeh.index.query(({model}) => figures.has(model))) roots.set(view.root, view.model)
    for (const figure of roots.values()) figure.properties.min_border_left.change.emit()
  },
  gutters: (figure) => [figure.min_border_left, figure.min_border_right],
  axes: (figure) => [figure.left, figure.right],
  side: (axis) => axis.panel?.side,
  least: (axis) => axis.model?.tags.find(Number.isInteger) ?? 0,
  title: (figure) => figure.title,
  formatters: () => Bokeh.require("core/util/templating").DEFAULT_FORMATTERS,
  ticks(model, format) {
    const usual = Object.getPrototypeOf(model).doFormat
    model.doFormat = (...given) => format(usual.bind(model), ...given)
    model.change.emit()
  },
  chart: (name) => [...Bokeh.index.query((view) => view.model.name === name && view.export)][0],
  visible: (chart) => chart.model.visible,
  image: (chart) => chart.export("png").canvas,
}

// Lines and areas take no colour from the stylesheet; their tag names the token to use, a tag such
// as "fill_color:card" for one of their colours.
function paint(models) {
  const style = getComputedStyle(document.documentElement)
  for (const model of models) {
    for (const tag of inside.tags(model).filter((one) => typeof one === "string")) {
      const [token, only] = tag.split(":").reverse()
      const value = style.getPropertyValue(`--pt-${token}`).trim()
      for (const name of only ? [only] : ["line_color", "fill_color"]) {
        if (value) inside.set(model, name, value)
      }
    }
  }
}

// Tooltips have times in both zones, and numbers in the language of the page.
const formatters = inside.formatters()
formatters.dated ??= formatters.datetime // this module may run again
formatters.datetime = (time, form, ...more) => {
  if (!form.startsWith("%F %T")) return formatters.dated(time, form, ...more) // not one of ours
  return Number.isFinite(time) ? peak.both(time, form.includes("%3N") ? "exact" : "full") : "\u2014"
}
formatters.english ??= formatters.numeral
formatters.numeral = (value, form, ...more) => {
  const [, least, most] = /^(?:money|digits) (\d+) (\d+)$/.exec(form) ?? []
  if (most) return Number.isFinite(value) ? peak.decimal(value, Number(least), Number(most)) : "\u2014"
  return peak.spoken(formatters.english(value, form, ...more))
}

const phone = matchMedia("(max-width: 720px)")
const standsInside = (axis) => phone.matches && !inside.tags(axis).includes("outside")
// A second line, without a text, moves the first one up.
const aboveLine = (text, axis) =>
  inside.side(axis) === "left" && standsInside(axis.model) ? `${text}\n\u00a0` : text

// Labels of an axis have the digits of the step between them, so that no two are the same; a single
// one has those of its value. `least` are the decimals that each has.
function labels(ticks, unit, least) {
  const values = ticks.map((tick) => unit ? tick * 100 : tick)
  const steps = values.slice(1).map((value, place) => Math.abs(value - values[place]))
  const largest = Math.max(...values.map(Math.abs))
  const step = steps.length ? Math.min(...steps) : largest / 1e7
  const long = largest >= 1e15 || (largest && largest < 1e-9)
  const rounded = (value, places) => long ? value.toExponential(places) : value.toFixed(places)
  const exact = (places) => values.every((value) =>
    Math.abs(Number(rounded(value, places)) - value) <= step / 100)
  let places = least
  while (places < 20 && !exact(places)) places++
  return values.map((value) => {
    const text = long ? peak.spoken(rounded(value, places)) : peak.written(
      Number(rounded(value, places)) + 0,
      {minimumFractionDigits: places, maximumFractionDigits: places},
    )
    return unit ? `${text} ${unit}` : text
  })
}

// Axes of time are in the chosen zone: what they format is shifted, their ticks stay. Bokeh asks the
// axis, and with a resolution what adds the days, which gets times that are shifted already.
const LABELS = {
  DatetimeTickFormatter(usual, ticks, options, resolution) {
    const times = resolution === undefined ? ticks.map((tick) => peak.shifted(tick)) : ticks
    return usual(times, options, resolution)
  },
  NumeralTickFormatter: (usual, ticks, options) =>
    labels(ticks, usual([0], options)[0].split(" ")[1], inside.least(options))
      .map((text) => aboveLine(text, options)),
}
// Between the ends of a gap, what is said of it.
const told = (ticks, gaps) => ticks.map((tick) => {
  const found = gaps.find(([first, last]) => first < tick && tick < last)
  if (!found) return ""
  const [first, last, letter] = found
  return [letter, peak.missing(first, last)].filter(Boolean).join(" ")
})
function label(models) {
  for (const model of models) {
    const isOfGaps = inside.tags(model)[0] === "gaps"
    const format = isOfGaps ? (_, ticks) => told(ticks, inside.tags(model).slice(1)) : LABELS[inside.type(model)]
    if (format) inside.ticks(model, format)
  }
}

// On a phone the labels of values stand inside of their chart, above their lines, the title beside the
// uppermost one, and the last value alone outside: the gutters of a desktop would take half of the plot.
// What fills its frame has the tag "outside" on that axis, and keeps the gutters.
const EDGES = {left: 6, right: 20, last: 62, standoff: -50, title: 60}
const STANDOFF = 5 // that of Bokeh
const wide = new WeakMap() // gutters of each chart on a desktop
const rooms = new WeakMap() // what a chart has, if that is not what it came with
function makeRoom(models) {
  const changed = new Set()
  for (const model of models) {
    if (inside.type(model) !== "Figure") continue
    const [[values], beside] = inside.axes(model)
    if (!values || inside.type(values.formatter) !== "NumeralTickFormatter") continue
    if (!wide.has(model)) wide.set(model, inside.gutters(model))
    const within = standsInside(values)
    const [left, right] = within ? [EDGES.left, beside.length ? EDGES.last : EDGES.right] : wide.get(model)
    const room = `${within} ${right}`
    if (room === (rooms.get(model) ?? `false ${wide.get(model)[1]}`)) continue
    rooms.set(model, room)
    inside.put(model, {min_border_left: left, min_border_right: right})
    inside.put(values, {major_label_standoff: within ? EDGES.standoff : STANDOFF})
    inside.put(inside.title(model), {offset: within ? EDGES.title : 0})
    changed.add(model)
  }
  inside.layout(changed) // once for all charts that stand together: Bokeh would with each change
}

// Bokeh takes a frame to lay out charts anew, and draws them in the next one.
function afterRoom(act) {
  if (phone.matches) requestAnimationFrame(() => requestAnimationFrame(act))
  else act()
}

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name)

// The curves of cards, one below the other, each with the name of its card.
function curves(root) {
  const lines = [...root.querySelectorAll(".run-card polyline")]
  const image = document.createElement("canvas")
  Object.assign(image, {width: 512, height: lines.length * 112})
  const area = image.getContext("2d")
  Object.assign(area, {font: "12px monospace", fillStyle: color("--pt-text")})
  Object.assign(area, {strokeStyle: color("--pt-accent"), lineWidth: 1.5})
  lines.forEach((line, row) => {
    area.setTransform(1, 0, 0, 1, 16, row * 112 + 24)
    area.fillText(line.closest(".run-card").querySelector(".id").textContent, 0, 0)
    area.beginPath()
    for (const point of line.getAttribute("points").split(" ")) {
      const [x, y] = point.split(",").map(Number)
      area.lineTo(x * 4, y * 2 + 12)
    }
    area.stroke()
  })
  return image
}

// Saves charts as they are seen, one below the other on the colour of their card; above them what
// they are of, in which zone their times are, and when it was.
const EDGE = 16
const HEAD = 28
function save({detail: {save: names, title, file, root}}) {
  const charts = names.split(",").map(inside.chart).filter((chart) => chart && inside.visible(chart))
  const drawn = charts.length ? charts.map(inside.image) : [curves(root)]
  const height = drawn.reduce((sum, one) => sum + one.height, 0)
  if (!height) return
  const scale = charts.length ? devicePixelRatio : 1
  const image = document.createElement("canvas")
  const width = Math.max(...drawn.map((one) => one.width))
  Object.assign(image, {width, height: height + HEAD * scale})
  const area = image.getContext("2d")
  area.fillStyle = color("--pt-card")
  area.fillRect(0, 0, image.width, image.height)
  Object.assign(area, {font: `${12 * scale}px Roboto, sans-serif`, fillStyle: color("--pt-text")})
  const when = `${peak.format(peak.now(), "full")} ${peak.zoneName}`
  area.fillText([title, when].filter(Boolean).join(" \u00b7 "), EDGE * scale, 18 * scale, width - 2 * EDGE * scale)
  let top = HEAD * scale
  for (const one of drawn) {
    area.drawImage(one, 0, top)
    top += one.height
  }
  const stamp = new Date(peak.now()).toISOString().replace(/[-:]|\.\d+/g, "")
  image.toBlob((data) => {
    const link = document.createElement("a")
    const name = `${(file ?? names).replace(/[^\w.-]+/g, "_")}_${stamp}.png`
    Object.assign(link, {href: URL.createObjectURL(data), download: name})
    link.click()
    URL.revokeObjectURL(link.href)
  })
}

function render({model, view}) {
  const entry = () => JSON.parse(model.entry)
  const inline = "inline" in document.documentElement.dataset // the history is that of the notebook
  if (history.state === null && !inline) history.replaceState(entry().view, "")
  const push = () => {
    const {url, view, step, shown} = entry()
    const address = peak.inZone(url)
    if (shown || address === location.href) return
    if (step) history.pushState(view, "", address)
    else history.replaceState(view, "", address)
  }
  const back = (event) => model.send_msg({view: event.state})
  const seen = () => model.send_msg({visible: !document.hidden})
  const repaint = () => paint(inside.models(view))
  const relabel = () => label(inside.models(view))
  const fit = () => makeRoom(inside.models(view))
  const reveal = () => model.filled && afterRoom(() => document.querySelector("main")?.removeAttribute("data-filling"))
  if (!inline) model.on("entry", push)
  model.on("filled", reveal)
  model.on("charted", () => {
    repaint()
    relabel()
    fit()
  })
  phone.addEventListener("change", fit)
  addEventListener("peak-theme", repaint)
  addEventListener("peak-zone", relabel)
  addEventListener("peak-save", save)
  if (!inline) addEventListener("popstate", back)
  document.addEventListener("visibilitychange", seen)
  // A page that is left is hidden, too, and nothing can be sent any more.
  const leave = () => document.removeEventListener("visibilitychange", seen)
  addEventListener("pagehide", leave)
  model.on("remove", () => {
    phone.removeEventListener("change", fit)
    removeEventListener("peak-theme", repaint)
    removeEventListener("peak-zone", relabel)
    removeEventListener("peak-save", save)
    removeEventListener("popstate", back)
    removeEventListener("pagehide", leave)
    document.removeEventListener("visibilitychange", seen)
  })
  if (document.hidden) seen()
  repaint()
  relabel()
  fit()
  reveal()
  return document.createElement("span")
}

export default {Browser: {render}}
