// What a kernel sends to a view that is not drawn yet waits here until it is. Panel drops it; and as a
// message comes in parts, a part that is missing takes with it what comes after.
;(() => {
  const MAX_WAITING = 1000

  // What Bokeh and Panel do not promise to keep, all of it; each has a test of its name.
  const inside = {
    // Panel makes another manager whenever its outputs are drawn again, before or after this runs.
    manager(change) {
      globalThis.PyViz ??= {comms: {}, comm_status: {}, kernels: {}, receivers: {}, plot_index: {}}
      let manager = PyViz.comm_manager && change(PyViz.comm_manager)
      Object.defineProperty(PyViz, "comm_manager", {
        get: () => manager,
        set: (other) => { manager = change(other) },
      })
    },
    drawn: (plot) => PyViz.plot_index?.[plot] ?? globalThis.Bokeh?.index[plot],
  }

  function waiter(plot, handle) {
    let waiting = []
    let timer
    function handOver() {
      if (!inside.drawn(plot)) return
      timer = clearInterval(timer)
      while (waiting?.length) handle(waiting.shift())
    }
    return (message) => {
      if (waiting?.push(message) > MAX_WAITING) waiting = null // it is never drawn
      handOver()
      if (waiting?.length) timer ??= setInterval(handOver, 20)
      else timer = clearInterval(timer)
    }
  }

  inside.manager((manager) => {
    const register = manager.register_target
    manager.register_target = function (plot, comm, handle) {
      register.call(this, plot, comm, waiter(plot, handle))
    }
    return manager
  })
})()
