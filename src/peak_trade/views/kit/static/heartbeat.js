// The server's heartbeats for all pages of a browser, as a worker that they share: a browser opens
// few connections to a server (six with HTTP/1.1), so with one for each page the seventh page could
// ask for nothing. Where workers cannot be shared, each page starts one of its own.
// A page sends the address of the stream when it begins to listen, or asks for it again after a
// loss, and null when it leaves. It is sent {now, age}: the server's time, and how long ago that was
// heard in ms; or {lost: true}.
const FRESH = 5000 // ms; an older heartbeat is no sign of life
const SILENCE = 10000 // ms; a connection on which nothing came for so long may be dead unnoticed
const pages = new Set()
let source
let last = {at: -Infinity}
let opened

function tell(message) {
  for (const page of pages) page.postMessage(message)
}

function heard({data}) {
  last = {now: JSON.parse(data).now, at: performance.now()}
  tell({now: last.now, age: 0})
}

function forget() {
  last = {at: -Infinity}
}

function lose() {
  forget()
  tell({lost: true})
}

function listen(page, address) {
  pages.add(page)
  const now = performance.now()
  if (now - last.at < FRESH) page.postMessage({now: last.now, age: now - last.at})
  const silent = now - Math.max(opened, last.at)
  // A browser gives up after some errors, so that a page that asks again must be heard.
  if (source && source.readyState !== EventSource.CLOSED && silent < SILENCE) return
  source?.close()
  opened = now
  source = new EventSource(address)
  source.addEventListener("heartbeat", heard)
  source.addEventListener("error", lose)
}

function leave(page) {
  pages.delete(page)
  if (pages.size) return
  source?.close()
  forget()
}

function attend(page) {
  page.onmessage = ({data: address}) => address ? listen(page, address) : leave(page)
  page.onclose = () => leave(page) // a page that crashed takes no leave; where browsers tell of it
}

if ("onconnect" in self) self.onconnect = ({ports: [page]}) => attend(page)
else attend(self)
