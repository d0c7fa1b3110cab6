// <peak-views>: named views of the list of a page, kept in this browser. A view is what the URL says
// after its path: query, filters, order and columns.
(() => {
  const MAX_VIEWS = 50
  const key = () => `peak-trade-views ${location.pathname}`

  function kept() {
    try {
      const known = JSON.parse(peak.remembered(key(), "{}"))
      return Object.entries(known).filter(([, view]) => /^(\?|$)/.test(view))
    } catch { // not ours, or no longer
      return []
    }
  }
  function keep(views) {
    peak.remember(key(), JSON.stringify(Object.fromEntries(views.slice(-MAX_VIEWS))))
  }

  function made(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties)
    element.append(...children)
    return element
  }

  class Views extends HTMLElement {
    connectedCallback() {
      if (this.firstChild) return
      const field = made("input", {type: "text", maxLength: 60, placeholder: peak.word("Name of this view")})
      field.setAttribute("aria-label", peak.word("Name of this view"))
      const form = made("form", {}, field, made("button", {}, peak.word("Save")))
      form.addEventListener("submit", (event) => {
        event.preventDefault()
        const name = field.value.trim()
        if (!name) return
        keep([...kept().filter(([known]) => known !== name), [name, location.search]])
        field.value = ""
        this.list()
      })
      this.views = made("div", {className: "kept"})
      const panel = made("div", {}, this.views, form)
      this.append(made("details", {className: "keeper"}, made("summary", {}, peak.word("Views")), panel))
      this.list()
    }
    list() {
      this.views.replaceChildren(...kept().map(([name, view]) => {
        const gone = made("button", {type: "button", title: peak.word("Forget")}, "\u2715")
        gone.setAttribute("aria-label", `${peak.word("Forget")} ${name}`)
        gone.addEventListener("click", () => {
          keep(kept().filter(([known]) => known !== name))
          this.list()
        })
        return made("span", {className: "line"}, made("a", {href: location.pathname + view}, name), gone)
      }))
    }
  }
  customElements.define("peak-views", Views)
})()
