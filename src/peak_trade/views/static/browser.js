// What the page and the browser tell each other besides content: the entry of the history that
// stands for the view, whether anyone can see the page, and the colours of charts.

// Lines and areas take no colour from the stylesheet; their tag names the token to use.
function paint(document_) {
  const style = getComputedStyle(document.documentElement)
  for (const model of document_.all_models) {
    for (const tag of model.tags ?? []) {
      const value = style.getPropertyValue(`--pt-${tag}`).trim()
      for (const name of ["line_color", "fill_color"]) {
        if (value && name in model.properties) model.setv({[name]: value}, {sync: false})
      }
    }
  }
}

function render({model, view}) {
  const entry = () => JSON.parse(model.entry)
  if (history.state === null) history.replaceState(entry().view, "")
  const push = () => {
    const {url, view} = entry()
    if (new URL(url, location.href).href !== location.href) history.pushState(view, "", url)
  }
  const back = (event) => model.send_msg({view: event.state})
  const seen = () => model.send_msg({visible: !document.hidden})
  const repaint = () => paint(view.model.document)
  model.on("entry", push)
  addEventListener("peak-theme", repaint)
  addEventListener("popstate", back)
  document.addEventListener("visibilitychange", seen)
  model.on("remove", () => {
    removeEventListener("peak-theme", repaint)
    removeEventListener("popstate", back)
    document.removeEventListener("visibilitychange", seen)
  })
  if (document.hidden) seen()
  repaint()
  return document.createElement("span")
}

export default {Browser: {render}}
