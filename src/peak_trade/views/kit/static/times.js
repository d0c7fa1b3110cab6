// What the scripts of a page share: the words of its language, and times as text. Times are UTC or
// those of this browser's zone; the choice is in the URL, else remembered in this browser.
const peak = (() => {
  const page = document.documentElement
  const words = JSON.parse(page.dataset.words)
  const word = (text) => Object.hasOwn(words, text) ? words[text] : text
  const locale = page.lang === "en" ? "en-GB" : page.lang

  function remembered(key, usual) {
    try {
      return localStorage.getItem(key) ?? usual
    } catch { // storage refused by the browser
      return usual
    }
  }
  function remember(key, value) {
    try {
      localStorage.setItem(key, value)
    } catch { /* remembered for this page only */ }
  }

  const ZONES = ["utc", "local"]
  const KEY = "peak-trade-zone"
  const asked = new URL(location.href).searchParams.get("zone")
  let zone = ZONES.includes(asked) ? asked : remembered(KEY, "utc")
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone

  function chooseZone() {
    zone = zone === "utc" ? "local" : "utc"
    remember(KEY, zone)
    history.replaceState(history.state, "", inZone(location.href))
    dispatchEvent(new Event("peak-zone"))
  }
  // The address of the page with the zone in it, if that is not what everyone sees.
  function inZone(address) {
    const url = new URL(address, location.href)
    const given = url.searchParams.get("zone") ?? "utc"
    if (given === zone) return url.href // as it was written
    if (zone === "utc") url.searchParams.delete("zone")
    else url.searchParams.set("zone", zone)
    return url.href
  }

  const pad = (number, digits = 2) => String(number).padStart(digits, "0")
  // A time with the fields of the zone, to be read as UTC.
  function shifted(time, of = zone) {
    return of === "utc" ? time : time - new Date(time).getTimezoneOffset() * 60000
  }
  function parts(time, of) {
    const at = new Date(shifted(time, of))
    const clock = `${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}`
    return {at, clock, seconds: `${clock}:${pad(at.getUTCSeconds())}`}
  }
  const DAY = new Intl.DateTimeFormat(locale, {day: "2-digit", month: "short", timeZone: "UTC"})
  const STYLES = {
    day: ({at, clock}) => `${DAY.format(at)} ${clock}`,
    date: ({at}) => DAY.format(at),
    minute: ({clock}) => clock,
    clock: ({seconds}) => seconds,
    full: ({at, seconds}) => `${at.toISOString().slice(0, 10)} ${seconds}`,
    exact: ({at, seconds}) =>
      `${at.toISOString().slice(0, 10)} ${seconds}.${pad(at.getUTCMilliseconds(), 3)}`,
  }
  const format = (time, style, of = zone) => STYLES[style](parts(time, of))
  // Both times, for tooltips.
  function both(time, style = "full") {
    return `${format(time, style, "utc")} UTC\n${format(time, style, "local")} ${here}`
  }
  const sameDay = (one, other) =>
    Math.floor(shifted(one) / 86400000) === Math.floor(shifted(other) / 86400000)
  // What is said of a time without rows.
  function missing(first, last) {
    const style = sameDay(first, last) ? "minute" : "day"
    const [from, to] = [first, last].map((time) => format(time, style))
    return word("no rows from %(from)s to %(to)s").replace("%(from)s", from).replace("%(to)s", to)
  }

  // <peak-time>: the time of data-at in the style of data-style.
  class Time extends HTMLElement {
    static observedAttributes = ["data-at", "data-style"]
    connectedCallback() {
      addEventListener("peak-zone", this)
      this.write()
    }
    disconnectedCallback() {
      removeEventListener("peak-zone", this)
    }
    attributeChangedCallback() {
      if (this.isConnected) this.write()
    }
    handleEvent() {
      this.write()
    }
    write() {
      const {at, style} = this.dataset
      if (!at || !style) return // the attributes come one by one
      const time = Date.parse(at)
      this.textContent = format(time, style)
      this.title = both(time)
    }
  }
  customElements.define("peak-time", Time)

  return {
    both, chooseZone, format, inZone, missing, remember, remembered, sameDay, shifted, word,
    get zone() {
      return zone
    },
    get zoneName() {
      return zone === "utc" ? "UTC" : here
    },
  }
})()
