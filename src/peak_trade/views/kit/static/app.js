// What a page does without the server: colours, ages that count by themselves, and the bar that
// says when the connection is lost. Independent of everything else on the page.
(() => {
  const page = document.documentElement
  const root = new URL(page.dataset.root, location.href).href

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
  system.addEventListener("change", applyTheme)
  applyTheme()

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
      this.about()
      this.count()
    }
    disconnectedCallback() {
      ages.delete(this)
    }
    attributeChangedCallback() {
      if (!this.isConnected) return
      this.about()
      this.count()
    }
    state(seconds) {
      const {ended, asOf, late, stale, crashed} = this.dataset
      if (ended) return ["ended", `${peak.word("ended")} ${clock(ended)}`]
      if (Number.isNaN(seconds)) return ["unknown", peak.word("unknown")]
      if (seconds < AHEAD) return ["unknown", `${span(-seconds)} ${peak.word("ahead")}`]
      if (seconds > crashed) return ["crashed", `${peak.word("crashed")} ${clock(asOf)}`]
      const state = seconds > stale ? "stale" : seconds > late ? "late" : "live"
      return [state, `${peak.word(state)} ${span(Math.max(seconds, 0))}`]
    }
    about() {
      const time = Date.parse(this.dataset.asOf ?? "")
      this.title = Number.isNaN(time) ? peak.word("no data yet") : peak.both(time)
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
  function clock(iso) {
    const time = Date.parse(iso)
    return peak.format(time, peak.sameDay(time, now()) ? "minute" : "date")
  }
  const ages = new Set()
  customElements.define("peak-age", Age)

  // Connection: the server sends a heartbeat every two seconds.
  const SILENCE = 6000 // ms
  let source
  let beat
  let lost = false
  function listen() {
    source?.close()
    beat = performance.now()
    source = new EventSource(`${root}api/v0/stream?type=alert`)
    source.addEventListener("heartbeat", (event) => {
      if (lost) {
        location.reload()
        return
      }
      beat = performance.now()
      heard = {now: Date.parse(JSON.parse(event.data).now), at: beat}
      link("connected")
    })
    source.addEventListener("change", () => dispatchEvent(new Event("peak-alert")))
    source.addEventListener("gap", () => dispatchEvent(new Event("peak-alert")))
    source.addEventListener("error", lose)
  }
  function lose() {
    lost = true
    show()
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
    if (lost) {
      link("disconnected")
      dispatchEvent(new Event("peak-lost"))
      const since = `${peak.format(heard.now, "clock")} (${span(silent / 1000)})`
      bar.textContent = `${peak.word("Connection lost: what you see is from")} ${since}`
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

  function showZone() {
    document.getElementById("language").addEventListener("click", chooseLanguage)
    document.getElementById("zone").textContent = peak.word(peak.zone === "utc" ? "UTC" : "local")
    tick()
  }
  function tick() {
    document.getElementById("clock").textContent = peak.format(now(), "clock")
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
    document.getElementById("zone").addEventListener("click", peak.chooseZone)
    addEventListener("peak-zone", showZone)
    listen()
    showZone()
    applyTheme()
    setInterval(tick, 1000)
    document.addEventListener("visibilitychange", seen)
    addEventListener("pagehide", leave)
    addEventListener("pageshow", (event) => event.persisted && location.reload())
  })
})()
