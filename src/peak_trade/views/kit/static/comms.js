// What a kernel sends to a view that is not drawn yet waits here until it is. Panel drops it; and as a
// message comes in parts, a part that is missing takes with it what comes after.
;(() => {
  const MAX_WAITING = 1000

  // What Bokeh and Panel do not promise to keep, all of it; each has a test of its name.
  const inside = {
    manager: () => globalThis.PyViz?.comm_manager,
    drawn: (plot) => PyViz.plot_index?.[plot] ?? globalThis.Bokeh?.index[plot],
  }

  const manager = inside.manager()
  if (!manager || Object.hasOwn(manager, "register_target")) return
  manager.register_target = function (plot, comm, handle) {
    let waiting = []
    let timer
    function handOver() {
      if (!inside.drawn(plot)) return
      timer = clearInterval(timer)
      while (waiting?.length) handle(waiting.shift())
    }
    Object.getPrototypeOf(this).register_target.call(this, plot, comm, (message) => {
      if (waiting?.push(message) > MAX_WAITING) waiting = null // it is never drawn
      handOver()
      if (waiting?.length) timer ??= setInterval(handOver, 20)
      else timer = clearInterval(timer)
    })
  }
})()
