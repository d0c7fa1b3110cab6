// What a page does without the server: colours, ages that count by themselves, and the bar that
// says when the connection is lost. Independent of everything else on the page.
(() => {
  const page = document.documentElement
  const inline = "inline" in page.dataset // in a notebook: its colours, and no frame of ours
  const root = new URL(page.dataset.root ?? "./", location.href).href

  // Colours: dark, light, or as the system; remembered in this browser.
  const system = matchMedia("(prefers-color-scheme: light)")
  const KEY = "peak-trade-theme"
  let chosen = peak.remembered(KEY, "system")
  function applyTheme() {
    page.dataset.theme = chosen !== "system" ? chosen : system.matches ? "light" : "dark"
    for (const button of document.querySelectorAll("[data-choose-theme]")) {
      button.setAttribute("aria-pressed", button.dataset.chooseTheme === chosen)
    }
    dispatchEvent(new Event("peak-theme"))
  }
  function chooseTheme(event) {
    chosen = event.currentTarget.dataset.chooseTheme
    peak.remember(KEY, chosen)
    applyTheme()
  }
  if (!inline) {
    system.addEventListener("change", applyTheme)
    applyTheme()
  }

  // Language: the server writes the page, so it is told by a cookie.
  function chooseLanguage(event) {
    const {language} = event.currentTarget.dataset
    const path = new URL(root).pathname
    document.cookie = `peak-trade-language=${language}; path=${path}; max-age=31536000; samesite=lax`
    location.reload()
  }

  // Time: the server's, plus what has passed here since it was heard. Stands still if frozen.
  let heard = {now: Date.parse(page.dataset.now), at: performance.now()}
  function now() {
    return "frozen" in page.dataset ? heard.now : heard.now + performance.now() - heard.at
  }

  peak.now = now

  function span(seconds) {
    // From the second whole one on, so that no number is followed by a unit's first "1".
    if (seconds < 120) return `${Math.floor(seconds)} s`
    if (seconds < 120 * 60) return `${Math.floor(seconds / 60)} min`
    if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`
    return `${Math.floor(seconds / 86400)} d`
  }

  // <peak-age>: how old something is. With data-source it is a chip: it also names the state, by
  // the silence (seconds) that data-late, data-stale and data-crashed allow since data-as-of, and
  // says why in its tooltip. data-ended is when it was over, data-row the newest row; data-rows is
  // there if rows are expected, one every data-candle seconds, and data-cadence seconds at most
  // between two writings. The server judges in the same way: derive/freshness.py.
  const SHAPES = {
    live: "\u25cf", late: "\u25d0", stale: "\u25cb", crashed: "\u2715", ended: "\u25a0", unknown: "?",
  }
  const AHEAD = -60 // seconds
  const UNHEARD = "the server does not answer: nothing is known since %(sign)s"
  const KEYS = ["as-of", "row", "rows", "ended", "late", "stale", "crashed", "cadence", "candle", "source"]
  class Age extends HTMLElement {
    static observedAttributes = KEYS.map((key) => `data-${key}`)
    connectedCallback() {
      ages.add(this)
      this.count()
    }
    disconnectedCallback() {
      ages.delete(this)
    }
    attributeChangedCallback() {
      if (this.isConnected) this.count()
    }
    // The state, and why it is that.
    judge(seconds) {
      const {ended, late, stale, crashed} = this.dataset
      if (ended) return ["ended", "it has ended"]
      if (Number.isNaN(seconds)) return ["unknown", "no data yet"]
      if (seconds < AHEAD) return ["unknown", "its times are ahead of the clock"]
      if (seconds > Number(crashed ?? Infinity)) return ["crashed", "not ended, and silent since %(sign)s"]
      if (seconds > Number(stale ?? Infinity)) return ["stale", SILENT]
      if (lost) return ["unknown", UNHEARD]
      if (seconds <= Number(late)) return ["live", this.rows()]
      return stale ? ["late", SILENT] : ["unknown", "how often it writes is not known: no verdict"]
    }
    // What is to be said of the rows of something that is alive.
    rows() {
      const {row, rows, candle, cadence} = this.dataset
      if (rows === undefined) return "alive, on time"
      if (!row) return "alive, no candle yet"
      const age = (now() - Date.parse(row)) / 1000
      const grace = this.dataset.late - cadence
      if (!candle || age <= Number(candle) + grace) return "alive, on time"
      return age <= Number(cadence) + grace ? HELD : QUIET
    }
    text(state, reason, seconds) {
      const {ended, asOf, row} = this.dataset
      if (state === "ended") return `${peak.word("ended")} ${clock(ended)}`
      if (state === "crashed") return `${peak.word("crashed")} ${clock(asOf)}`
      if (Number.isNaN(seconds)) return peak.word("unknown")
      if (seconds < AHEAD) return `${span(-seconds)} ${peak.word("ahead")}`
      const age = `${peak.word(state)} ${span(Math.max(seconds, 0))}`
      return reason === QUIET ? `${age}, ${peak.word("no candle since")} ${clock(row)}` : age
    }
    count() {
      const asOf = Date.parse(this.dataset.asOf ?? "")
      const seconds = (now() - asOf) / 1000
      const at = Number.isNaN(asOf) ? peak.word("no data yet") : peak.both(asOf)
      if (!("source" in this.dataset)) {
        this.write(Number.isNaN(seconds) ? "\u2014" : span(Math.max(seconds, 0)), at)
        return
      }
      const [state, reason] = this.judge(seconds)
      if (this.dataset.state !== state) this.dataset.state = state
      this.write(`${SHAPES[state]} ${this.text(state, reason, seconds)}`, `${this.words(reason)}\n${at}`)
    }
    // The reason in the language of the page.
    words(reason) {
      const {row, asOf, cadence, source} = this.dataset
      const every = cadence ? `${span(Number(cadence))} (${peak.word(source)})` : ""
      const values = {row: row && clock(row), sign: asOf && clock(asOf), cadence: every}
      return peak.word(reason).replace(/%\((\w+)\)s/g, (_, name) => values[name])
    }
    write(text, title) {
      if (this.textContent !== text) this.textContent = text
      if (this.title !== title) this.title = title
    }
  }
  const SILENT = "silent since %(sign)s, expected every %(cadence)s"
  const QUIET = "alive, no candle since %(row)s"
  const HELD = "its writer holds rows back, up to %(cadence)s"
  function clock(iso) {
    const time = Date.parse(iso)
    return peak.format(time, peak.sameDay(time, now()) ? "minute" : "date")
  }
  const ages = new Set()

  // Connection: the server sends a heartbeat every two seconds. The content of the page comes by a
  // websocket of its own: without it a page stands still, whatever is heard.
  const SILENCE = 10000 // ms
  const CALM = 5000 // ms; a page whose websocket is refused must not be loaded again at once
  const LEAVING = 30000 // ms; for so long the next page may be on its way
  let server // heartbeat.js
  let beat
  let ticked
  let lost = false
  let leaving = -Infinity
  customElements.define("peak-age", Age)
  function connect() {
    const script = page.dataset.heartbeat
    server = "SharedWorker" in window ? new SharedWorker(script).port : new Worker(script)
    server.onmessage = ({data}) => data.lost ? lose() : hear(data)
  }
  // Some browsers close the websockets of a page as soon as it is to be left. What is left then may
  // stay all the same: a link may be a download. Bokeh would tell of no loss any more.
  function attendSockets() {
    addEventListener("beforeunload", () => {
      leaving = performance.now()
    })
    const closed = () => setTimeout(lose, Math.max(LEAVING - (performance.now() - leaving), 0))
    window.WebSocket = class extends WebSocket {
      constructor(...given) {
        super(...given)
        this.addEventListener("close", closed)
      }
    }
  }
  function listen() {
    server.postMessage(`${root}api/v0/stream?type=alert`)
  }
  function hear({now, age}) {
    if (lost) {
      if (age === 0 && performance.now() > CALM) loadAgain()
      return
    }
    beat = performance.now() - age
    heard = {now: Date.parse(now), at: beat}
    link("connected")
  }
  // What was heard may have been said before the loss, and a page loaded from a dead server is gone.
  async function loadAgain() {
    try {
      const answer = await fetch(`${root}livez`)
      if (answer.ok) location.reload()
    } catch { /* the bar stays */ }
  }
  function lose() {
    lost = true
    show()
    for (const age of ages) age.count()
  }
  function link(text) {
    const chip = document.getElementById("link")
    chip.textContent = peak.word(text)
    chip.dataset.state = text
  }
  function show() {
    const bar = document.getElementById("connection")
    const silent = performance.now() - beat
    if (silent > SILENCE && !document.hidden) lost = true
    page.toggleAttribute("data-lost", lost)
    if (lost) {
      link("disconnected")
      dispatchEvent(new Event("peak-lost"))
      const since = `${peak.format(heard.now, "clock")} (${span(silent / 1000)})`
      bar.textContent = `${peak.word("Connection lost: what you see is from")} ${since}`
      listen() // again
    }
    bar.hidden = !lost
  }

  function showZone() {
    document.getElementById("language").addEventListener("click", chooseLanguage)
    document.getElementById("zone").textContent = peak.word(peak.zone === "utc" ? "UTC" : "local")
    tick()
  }
  const TICK = 1000 // ms
  function tick() {
    // While the page itself did nothing, as on a busy machine, it cannot have heard anything.
    const at = performance.now()
    if (ticked) beat += Math.max(0, at - ticked - 2 * TICK)
    ticked = at
    document.getElementById("clock").textContent = peak.format(now(), "clock")
    for (const age of ages) age.count()
    show()
  }
  function seen() {
    if (document.hidden) leave()
    else if (!lost) begin()
  }
  function begin() {
    beat = performance.now()
    listen()
  }
  function leave() {
    server.postMessage(null)
  }

  if (inline) {
    setInterval(() => ages.forEach((age) => age.count()), 1000)
    return
  }
  attendSockets()
  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-choose-theme]")) {
      button.addEventListener("click", chooseTheme)
    }
    document.getElementById("zone").addEventListener("click", peak.chooseZone)
    addEventListener("peak-zone", showZone)
    connect()
    begin() // before the first tick: the page may have taken longer to load than a silence lasts
    showZone()
    applyTheme()
    setInterval(tick, TICK)
    document.addEventListener("visibilitychange", seen)
    addEventListener("pagehide", leave)
    addEventListener("pageshow", (event) => event.persisted && location.reload())
  }, {once: true}) // what loads modules fires it again
})()
