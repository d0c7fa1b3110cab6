// The level of the verdict in the title and the icon of the page, and notes: for each new critical
// alert, and for what the content policy refuses; one for equal ones. A page that is seen gets level
// and alert with its line, so that they agree; one that is hidden asks.
(() => {
  const root = new URL(document.documentElement.dataset.root, location.href).href
  const PERIOD = 30000 // ms
  const SIGNS = {ok: "", warn: "\u25d0 ", error: "\u25b2 ", lost: "\u2715 "}
  const MAX_NOTES = 3
  let level = "ok"
  let name // of the page and what it is about; until it is told, what the document has
  let known // time of the newest critical alert

  function show(state) {
    level = state
    // Not document.title, which shows a text with other spaces than it was given: it would be written for ever.
    const shown = document.querySelector("title")
    const title = SIGNS[state] + (name ?? shown.textContent.replace(/^[\u25d0\u25b2\u2715] /, ""))
    const icon = document.querySelector("link[rel=icon]")
    const file = icon.href.replace(/icon[a-z-]*\.svg$/, state === "ok" ? "icon.svg" : `icon-${state}.svg`)
    if (shown.textContent !== title) shown.textContent = title
    if (icon.href !== file) icon.href = file
  }

  function note(about, sign, what, more) {
    const box = document.getElementById("notes")
    const equal = [...box.children].find((one) => one.dataset.about === about)
    const times = Number(equal?.dataset.times ?? 0) + 1
    equal?.remove()
    const item = document.createElement("p")
    const where = document.createElement("small")
    where.textContent = more
    const close = document.createElement("button")
    Object.assign(close, {type: "button", textContent: "\u2715", title: peak.word("Close")})
    close.addEventListener("click", () => item.remove())
    const mark = document.createElement("strong")
    mark.textContent = `${sign}${times > 1 ? ` \u00d7${times}` : ""}`
    Object.assign(item.dataset, {about, times})
    item.append(mark, what, where, close)
    box.prepend(item)
    while (box.children.length > MAX_NOTES) box.lastChild.remove()
  }

  function tell(alert) {
    const link = document.createElement("a")
    const moment = `?at=${encodeURIComponent(alert.timestamp)}`
    link.href = alert.run_id
      ? `${root}watch/runs/${encodeURIComponent(alert.run_id)}${moment}`
      : `${root}live/alerts?severity=CRITICAL`
    link.textContent = alert.title || peak.word("critical alert")
    const about = JSON.stringify([alert.title, alert.session_id, alert.run_id])
    note(about, "\u25b2 CRITICAL", link, alert.session_id ?? "")
  }

  // What a page of the user's own needs and does not get would be missing without a word.
  addEventListener("securitypolicyviolation", ({effectiveDirective, blockedURI}) => {
    const refused = `${effectiveDirective}: ${blockedURI}`
    note(refused, `\u2715 ${peak.word("refused by the content policy")}`, "", refused)
  })

  function take(verdict) {
    if (level !== "lost") show(verdict.level)
    const newest = Date.parse(verdict.newest_critical?.timestamp || "1970-01-01")
    if (newest > known) tell(verdict.newest_critical)
    known = newest
  }

  // <peak-verdict>: what the page has been told last.
  class Verdict extends HTMLElement {
    static observedAttributes = ["data-level", "data-title", "data-alert"]
    connectedCallback() {
      this.take()
    }
    attributeChangedCallback() {
      if (this.isConnected) queueMicrotask(() => this.take()) // the attributes come one by one
    }
    take() {
      name = this.dataset.title
      const {level: told, alert, alertTitle, alertRun, alertSession} = this.dataset
      const critical = {timestamp: alert, title: alertTitle, run_id: alertRun, session_id: alertSession}
      if (told) take({level: told, newest_critical: alert ? critical : null})
    }
  }
  customElements.define("peak-verdict", Verdict)

  async function ask() {
    if (!document.hidden) return
    try {
      const answer = await fetch(`${root}api/v0/attention`)
      if (answer.ok) take(await answer.json())
    } catch { /* the bar tells of a lost connection */ }
  }

  // What of the line has no room is a click away.
  function openable() {
    const line = document.getElementById("verdict")
    const [parts, button] = line.children
    const isOpen = () => button.ariaExpanded === "true"
    const offer = () => {
      button.hidden = !isOpen() && parts.offsetHeight <= line.offsetHeight
    }
    button.addEventListener("click", () => {
      button.ariaExpanded = String(!isOpen())
      offer()
    })
    new ResizeObserver(offer).observe(parts)
  }

  document.addEventListener("DOMContentLoaded", () => {
    openable()
    setInterval(ask, PERIOD)
    document.addEventListener("visibilitychange", ask)
    addEventListener("peak-lost", () => show("lost"))
    // Bokeh writes the title when it has connected.
    new MutationObserver(() => show(level)).observe(document.querySelector("title"), {childList: true})
  }, {once: true}) // what loads modules fires it again
})()
