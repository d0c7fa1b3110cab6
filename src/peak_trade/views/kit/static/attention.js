// The worst state in the title and the icon of the page, and a note for each new critical alert.
(() => {
  const root = new URL(document.documentElement.dataset.root, location.href).href
  const PERIOD = 30000 // ms
  const SIGNS = {ok: "", warn: "\u25d0 ", error: "\u25b2 ", lost: "\u2715 "}
  const MAX_NOTES = 3
  let level = "ok"
  let known // time of the newest critical alert

  function show(state) {
    level = state
    const title = document.title.replace(/^[\u25d0\u25b2\u2715] /, "")
    const icon = document.querySelector("link[rel=icon]")
    const file = icon.href.replace(/icon[a-z-]*\.svg$/, state === "ok" ? "icon.svg" : `icon-${state}.svg`)
    if (document.title !== SIGNS[state] + title) document.title = SIGNS[state] + title
    if (icon.href !== file) icon.href = file
  }

  function note(alert) {
    const box = document.getElementById("notes")
    const item = document.createElement("p")
    const link = document.createElement("a")
    const moment = `?at=${encodeURIComponent(alert.timestamp)}`
    link.href = alert.run_id
      ? `${root}watch/runs/${encodeURIComponent(alert.run_id)}${moment}`
      : `${root}live/alerts?severity=CRITICAL`
    link.textContent = alert.title || peak.word("critical alert")
    const where = document.createElement("small")
    where.textContent = alert.session_id ?? ""
    const close = document.createElement("button")
    Object.assign(close, {type: "button", textContent: "\u2715", title: peak.word("Close")})
    close.addEventListener("click", () => item.remove())
    const mark = document.createElement("strong")
    mark.textContent = "\u25b2 CRITICAL"
    item.append(mark, link, where, close)
    box.prepend(item)
    while (box.children.length > MAX_NOTES) box.lastChild.remove()
  }

  async function ask() {
    let state
    try {
      const answer = await fetch(`${root}api/v0/attention`)
      if (!answer.ok) return
      state = await answer.json()
    } catch { // the bar tells of a lost connection
      return
    }
    if (level !== "lost") show(state.level)
    const newest = Date.parse(state.newest_critical?.timestamp ?? "1970-01-01")
    if (newest > known) note(state.newest_critical)
    known = newest
  }

  document.addEventListener("DOMContentLoaded", () => {
    ask()
    setInterval(ask, PERIOD)
    addEventListener("peak-alert", ask)
    addEventListener("peak-lost", () => show("lost"))
    // Bokeh writes the title when it has connected.
    new MutationObserver(() => show(level)).observe(document.querySelector("title"), {childList: true})
  })
})()
