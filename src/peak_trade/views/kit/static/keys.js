// The keyboard: what `?` lists. Keys do nothing while one types, or together with Ctrl, Alt or Meta.
(() => {
  const SECOND = 1500 // ms in which the second key of two must come
  let began = -Infinity

  // Parts of the page have shadow roots of their own.
  function* everywhere(selector, from = document) {
    for (const element of from.querySelectorAll("*")) {
      if (element.matches(selector)) yield element
      if (element.shadowRoot) yield* everywhere(selector, element.shadowRoot)
    }
  }
  const seen = (element) => element.getClientRects().length > 0
  function first(selector) {
    for (const element of everywhere(selector)) if (seen(element)) return element
    return null
  }
  function focused() {
    let element = document.activeElement
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
    return element
  }

  const ROW = "[data-select] > *, ul.runs > li"
  function move(by) {
    const current = focused()?.closest(ROW)
    const rows = current ? [...current.parentElement.children] : [...everywhere(ROW)].filter(seen)
    const row = current ? rows[rows.indexOf(current) + by] : rows[0]
    if (!row) return
    let target = row.querySelector("a, summary, button")
    if (!target) {
      row.tabIndex = -1
      target = row
    }
    target.focus()
    row.scrollIntoView({block: "nearest"})
  }

  function press(element) {
    element?.click()
    return element !== null
  }
  const dialog = () => document.getElementById("keys")
  const ACTIONS = {
    "?": () => dialog().open ? dialog().close() : dialog().showModal(),
    "/": () => first("input:not([type=checkbox])")?.focus(),
    j: () => move(1),
    k: () => move(-1),
    g: (event) => {
      began = event.timeStamp
    },
  }
  function typed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    const target = event.composedPath()[0]
    if (target.matches?.("input, textarea, select, [contenteditable]")) {
      if (event.key === "Escape") target.blur()
      return
    }
    if (event.timeStamp - began < SECOND) {
      began = -Infinity
      if (press(document.querySelector(`nav [data-go="${CSS.escape(event.key)}"]`))) return
    }
    const free = !target.matches?.("button, a, summary")
    const done = event.key === " " ? free && press(first("[data-pause]")) : ACTIONS[event.key]
    if (!done) return
    event.preventDefault()
    if (event.key !== " ") done(event)
  }

  // On a narrow screen: the page that is shown is in view, and the rest of the header on demand.
  function unfold({currentTarget: button}) {
    button.setAttribute("aria-expanded", button.getAttribute("aria-expanded") !== "true")
  }
  function showCurrent() {
    const nav = document.querySelector(".shell nav")
    const current = nav.querySelector("[aria-current]")
    if (current) nav.scrollLeft = current.offsetLeft - (nav.clientWidth - current.offsetWidth) / 2
  }

  document.addEventListener("DOMContentLoaded", () => {
    showCurrent()
    document.getElementById("more").addEventListener("click", unfold)
    addEventListener("keydown", typed)
    document.getElementById("help").addEventListener("click", () => dialog().showModal())
    dialog().querySelector("button").addEventListener("click", () => dialog().close())
  }, {once: true}) // what loads modules fires it again
})()
