// What a page does without the server: colours, ages that count by themselves, and the bar that
// says when the connection is lost. Independent of everything else on the page.
(() => {
  const page = document.documentElement
  const root = new URL(page.dataset.root, location.href).href

  // Colours: dark, light, or as the system; remembered in this browser.
  const system = matchMedia("(prefers-color-scheme: light)")
  const KEY = "peak-trade-theme"
  function remembered() {
    try {
      return localStorage.getItem(KEY) ?? "system"
    } catch { // storage refused by the browser
      return "system"
    }
  }
  let chosen = remembered()
  function applyTheme() {
    page.dataset.theme = chosen !== "system" ? chosen : system.matches ? "light" : "dark"
    for (const button of document.querySelectorAll("[data-choose-theme]")) {
      button.setAttribute("aria-pressed", button.dataset.chooseTheme === chosen)
    }
    dispatchEvent(new Event("peak-theme"))
  }
  function chooseTheme(event) {
    chosen = event.currentTarget.dataset.chooseTheme
    try {
      localStorage.setItem(KEY, chosen)
    } catch { /* remembered for this page only */ }
    applyTheme()
  }
  system.addEventListener("change", applyTheme)
  applyTheme()

  // Time: the server's, plus what has passed here since it was heard. Stands still if frozen.
  let heard = {now: Date.parse(page.dataset.now), at: performance.now()}
  function now() {
    return "frozen" in page.dataset ? heard.now : heard.now + performance.now() - heard.at
  }
  const clockText = (time) => new Date(time).toISOString().slice(11, 19)

  function span(seconds) {
    if (seconds < 90) return `${Math.floor(seconds)} s`
    if (seconds < 90 * 60) return `${Math.floor(seconds / 60)} min`
    if (seconds < 36 * 3600) return `${Math.floor(seconds / 3600)} h`
    return `${Math.floor(seconds / 86400)} d`
  }

  // <peak-age>: how old something is. With data-late, data-stale and data-crashed (seconds) it is
  // a chip that also names the state; data-ended is when it was over.
  const SHAPES = {
    live: "\u25cf", late: "\u25d0", stale: "\u25cb", crashed: "\u2715", ended: "\u25a0", unknown: "?",
  }
  const AHEAD = -60 // seconds
  class Age extends HTMLElement {
    static observedAttributes = ["data-as-of", "data-late", "data-stale", "data-crashed", "data-ended"]
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
    state(seconds) {
      const {ended, asOf, late, stale, crashed} = this.dataset
      if (ended) return ["ended", `ended ${clock(ended)}`]
      if (Number.isNaN(seconds)) return ["unknown", "unknown"]
      if (seconds < AHEAD) return ["unknown", `${span(-seconds)} ahead`]
      if (seconds > crashed) return ["crashed", `crashed ${clock(asOf)}`]
      const state = seconds > stale ? "stale" : seconds > late ? "late" : "live"
      return [state, `${state} ${span(Math.max(seconds, 0))}`]
    }
    count() {
      const asOf = Date.parse(this.dataset.asOf ?? "")
      const seconds = (now() - asOf) / 1000
      if (!("stale" in this.dataset)) {
        this.write(Number.isNaN(seconds) ? "\u2014" : span(Math.max(seconds, 0)))
        return
      }
      const [state, text] = this.state(seconds)
      if (this.dataset.state !== state) this.dataset.state = state
      this.write(`${SHAPES[state]} ${text}`)
    }
    write(text) {
      if (this.textContent !== text) this.textContent = text
    }
  }
  const DAY = {day: "numeric", month: "short", timeZone: "UTC"}
  function clock(iso) {
    const time = new Date(iso)
    const today = time.toISOString().slice(0, 10) === new Date(now()).toISOString().slice(0, 10)
    return today ? time.toISOString().slice(11, 16) : time.toLocaleDateString("en-GB", DAY)
  }
  const ages = new Set()
  customElements.define("peak-age", Age)

  // Connection: the server sends a heartbeat every two seconds.
  const SILENCE = 6000 // ms
  let source
  let beat = performance.now()
  let lost = false
  function listen() {
    source?.close()
    beat = performance.now()
    source = new EventSource(`${root}api/v0/stream?type=runs`)
    source.addEventListener("heartbeat", (event) => {
      if (lost) {
        location.reload()
        return
      }
      beat = performance.now()
      heard = {now: Date.parse(JSON.parse(event.data).now), at: beat}
      link("connected")
    })
    source.addEventListener("error", lose)
  }
  function lose() {
    lost = true
    show()
  }
  function link(text) {
    const chip = document.getElementById("link")
    if (chip.textContent !== text) chip.textContent = text
    chip.dataset.state = text
  }
  function show() {
    const bar = document.getElementById("connection")
    const silent = performance.now() - beat
    if (silent > SILENCE && !document.hidden) lost = true
    if (lost) {
      link("disconnected")
      bar.textContent = `Connection lost: what you see is from ${clockText(heard.now)} UTC (${span(silent / 1000)} ago)`
      // A browser gives up after some errors; it must go on trying.
      if (source.readyState === EventSource.CLOSED) listenAgain()
    }
    bar.hidden = !lost
  }
  function listenAgain() {
    const since = beat
    listen()
    beat = since
  }

  function tick() {
    document.getElementById("clock").textContent = clockText(now())
    for (const age of ages) age.count()
    show()
  }
  function seen() {
    // A browser allows few connections per server: hidden pages give theirs back.
    if (document.hidden) source.close()
    else if (!lost) listen()
  }
  function leave() {
    source.removeEventListener("error", lose)
    source.close()
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-choose-theme]")) {
      button.addEventListener("click", chooseTheme)
    }
    applyTheme()
    listen()
    tick()
    setInterval(tick, 1000)
    document.addEventListener("visibilitychange", seen)
    addEventListener("pagehide", leave)
    addEventListener("pageshow", (event) => event.persisted && location.reload())
  })
})()
