// Draws a tree of elements and keeps it up to date: only what differs is touched, so that scroll
// position, focus, selection and hover survive. Text becomes text nodes, never markup; elements
// and attributes that are not listed here are left out.
//
// A node is a string, or [tag, attributes, ...children]. Siblings with a `key` keep their identity.
// Attributes that act in the browser:
//   data-send="text"   a plain click tells Python this text
//   data-choose="text" of a list: what is chosen in it; another choice tells Python its value
//   data-save="names"  a click saves the charts of these names as one image, else the curves of the
//                      part; data-title is what it says above them, data-file begins its name
//   data-select        a click on a row inside selects it
//   data-hold="text"   while scrolled down, content stays as it is and waits; the text says so
//   data-copy="text"   a click puts this text into the clipboard
//   data-print         a plain click on this link opens its page in a tab of its own and prints it

const TAGS = new Set(
  ("a article b br button caption code dd details div dl dt footer h1 h2 h3 header i label li meter nav " +
   "ol option p peak-age peak-readout peak-time peak-verdict peak-views pre section select small span strong summary table tbody td th thead time tr ul wbr")
    .split(" "))
const DRAWN = new Set(["svg", "polyline", "rect", "circle", "title"]) // pictures without axes: numbers, and what they are called
const ATTRIBUTES = /^(aria-[a-z]+|data-[a-z-]+|class|colspan|datetime|href|key|max|min|open|rel|role|scope|tabindex|target|title|type|value|width)$/
const PLACED = new Set(["points", "viewBox", "x", "y", "cx", "cy", "r", "height"])
const POINTS = /^[-0-9., ]+$/
const HELD_BELOW = 8 // px
const isNotebook = "inline" in document.documentElement.dataset

// Links of our own come relative to the page, because the server may not know its prefix; they are
// made absolute here, so that they read the same on every page. Null for what must not be followed.
function address(href) {
  try {
    if (isNotebook && !URL.canParse(href)) return null // it has none of our pages
    const url = new URL(href, document.baseURI)
    if (!["http:", "https:"].includes(url.protocol)) return null
    return url.origin === location.origin ? url.pathname + url.search + url.hash : href
  } catch {
    return null
  }
}

function allowed(name, value) {
  if (PLACED.has(name)) return POINTS.test(value) ? value : null
  if (name === "preserveAspectRatio") return value === "none" ? value : null
  if (!ATTRIBUTES.test(name)) return null
  return name === "href" ? address(value) : value
}

function matches(child, node) {
  if (typeof node === "string") return child.nodeType === Node.TEXT_NODE
  return child.nodeType === Node.ELEMENT_NODE && child.localName === node[0] &&
    (child.peakAttributes?.key ?? null) === (node[1].key ?? null)
}

function create(node) {
  if (typeof node === "string") return document.createTextNode(node)
  if (DRAWN.has(node[0])) return document.createElementNS("http://www.w3.org/2000/svg", node[0])
  return document.createElement(TAGS.has(node[0]) ? node[0] : "span")
}

function update(child, node) {
  if (typeof node === "string") {
    if (child.data !== node) child.data = node
    return
  }
  const [tag, attributes, ...children] = node
  const before = child.peakAttributes ?? {}
  for (const name in before) if (!(name in attributes)) child.removeAttribute(name)
  for (const name in attributes) {
    if (before[name] === attributes[name]) continue
    const value = allowed(name, attributes[name])
    if (value === null) child.removeAttribute(name)
    else child.setAttribute(name, value)
  }
  child.peakAttributes = attributes
  if (tag.startsWith("peak-")) return // draws itself
  if ("data-hold" in attributes && child.scrollTop > HELD_BELOW) {
    child.peakWaiting = children
    child.classList.add("held")
  } else {
    draw(child, children)
  }
  const choice = attributes["data-choose"] // one that was just made stays while older news come
  if (choice !== undefined && choice !== before["data-choose"]) child.value = choice
}

function draw(parent, nodes) {
  const keyed = new Map()
  for (const child of parent.childNodes) {
    if (child.peakAttributes?.key !== undefined) keyed.set(child.peakAttributes.key, child)
  }
  let at = parent.firstChild
  for (const node of nodes) {
    const known = typeof node === "string" ? undefined : keyed.get(node[1].key)
    let child = at && matches(at, node) ? at : known && matches(known, node) ? known : create(node)
    if (child === at) at = at.nextSibling
    else parent.insertBefore(child, at)
    update(child, node)
  }
  while (at) {
    const next = at.nextSibling
    at.remove()
    at = next
  }
}

function release(event) {
  const box = event.target
  if (!box.peakWaiting || box.scrollTop > HELD_BELOW) return
  const nodes = box.peakWaiting
  box.peakWaiting = undefined
  box.classList.remove("held")
  draw(box, nodes)
}

function select(row) {
  for (const other of row.parentNode.children) {
    if (other !== row) other.removeAttribute("aria-selected")
  }
  row.toggleAttribute("aria-selected")
}

// Pages from another host than this one have no clipboard unless they come by https.
async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy)
  } catch {
    const area = document.body.appendChild(document.createElement("textarea"))
    area.value = button.dataset.copy
    area.select()
    document.execCommand("copy")
    area.remove()
  }
  button.dataset.copied = ""
  setTimeout(() => delete button.dataset.copied, 2000)
}

// A page that prints itself would need a script, and would print for who only reads it.
function print(link) {
  const opened = open(link.href)
  opened?.addEventListener("load", () => opened.print(), {once: true})
  return opened !== null
}

function click(event, model) {
  const plain = !(event.ctrlKey || event.metaKey || event.shiftKey)
  const sender = event.target.closest("[data-send]")
  if (sender && plain) {
    event.preventDefault()
    model.send_msg(sender.dataset.send)
    const place = sender.dataset.to
    if (place) document.querySelector(`.area-${place}`)?.scrollIntoView()
  }
  const printed = event.target.closest("[data-print]")
  if (printed && plain && print(printed)) event.preventDefault()
  const copied = event.target.closest("[data-copy]")
  if (copied) copy(copied)
  const saver = event.target.closest("[data-save]")
  if (saver) {
    const detail = {...saver.dataset, root: saver.getRootNode()}
    dispatchEvent(new CustomEvent("peak-save", {detail}))
  }
  const row = event.target.closest("[data-select] > *")
  if (row && !event.target.closest("a, summary, pre") && getSelection().isCollapsed) select(row)
}

function choose({target}, model) {
  if ("choose" in target.dataset) model.send_msg(target.value)
}

// What Bokeh and Panel do not promise to keep, all of it; each has a test of its name.
const inside = {
  style(view, sheet) {
    view.shadow_el.adoptedStyleSheets = [sheet]
  },
  mark: (view, name, on) => view.el.toggleAttribute(name, on),
}

let sheet
function styles() {
  if (!sheet) {
    const rules = [...document.getElementById("peak-styles").sheet.cssRules]
    sheet = new CSSStyleSheet()
    sheet.replaceSync(rules.map((rule) => rule.cssText).join("\n"))
  }
  return sheet
}

// The text of an edition: given in full, or made of the lines of the one before; null if that is
// not there. See elements.py.
function edition(tree, known) {
  const cut = tree.indexOf("\n")
  const [kind, ...numbers] = tree.slice(0, cut).split(" ")
  const body = tree.slice(cut + 1)
  if (kind === "full") return {number: Number(numbers[0]), text: body}
  if (known?.number !== Number(numbers[0])) return null
  const lines = known.text.split("\n")
  const parts = JSON.parse(body).map((part) =>
    typeof part === "string" ? part : lines.slice(...part).join("\n"))
  return {number: Number(numbers[1]), text: parts.join("\n")}
}

function render({model, view}) {
  const root = document.createElement("div")
  root.className = "peak"
  inside.style(view, styles())
  let known = null
  const show = () => {
    const found = edition(model.tree, known)
    if (!found) return model.send_msg({again: true})
    known = found
    draw(root, JSON.parse(known.text))
    inside.mark(view, "data-drawn", true)
    inside.mark(view, "data-empty", !root.hasChildNodes())
    inside.mark(view, "data-nothing", root.querySelector(":scope > .empty:only-child") !== null)
  }
  model.on("tree", show)
  root.addEventListener("click", (event) => click(event, model))
  root.addEventListener("change", (event) => choose(event, model))
  root.addEventListener("scroll", release, {capture: true, passive: true})
  show()
  return root
}

export default {Elements: {render}}
