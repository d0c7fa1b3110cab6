// What a notebook lacks that the frame of a page has: words, styles, and the colours of the notebook.
// Bokeh, the parts and the scripts of the page find them at the same places as on a page.
function prepare({words, frozen, styles, dark, light}) {
  const page = document.documentElement
  Object.assign(page.dataset, {inline: "", words, now: frozen || new Date().toISOString()})
  page.lang ||= "en"
  if (frozen) page.dataset.frozen = ""

  // The rules are taken from here into the parts; as rules of the notebook none of them holds.
  function style(text, attributes) {
    const element = document.createElement("style")
    element.textContent = text
    document.head.append(Object.assign(element, attributes))
  }
  style(styles, {id: "peak-styles", media: "not all"})
  style(`:root { ${dark} } :root[data-theme="light"] { ${light} }`, {})

  // JupyterLab and Notebook say it by an attribute, Visual Studio Code by a class.
  function isLight() {
    const {jpThemeLight} = document.body.dataset
    if (jpThemeLight) return jpThemeLight !== "false"
    if (document.body.matches(".vscode-dark, .vscode-high-contrast")) return false
    return true
  }
  function applyTheme() {
    page.dataset.theme = isLight() ? "light" : "dark"
    dispatchEvent(new Event("peak-theme"))
  }
  new MutationObserver(applyTheme).observe(document.body, {
    attributeFilter: ["data-jp-theme-light", "class"],
  })
  applyTheme()
}
