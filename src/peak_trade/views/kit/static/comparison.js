// What the readout says of several runs over each other: a row for each, at the crosshair.
(() => {
  const {column, digits, tags} = peak.drawn
  const CHARTS = ["compare value", "compare drawdown", "compare position"]
  const MARKS = {A: "accent", B: "loss", C: "gain", D: "shadow", E: "warn", F: "muted"}
  const NONE = "\u2014"
  const NARROW = 720 // px

  const along = () => /along (\w+)/.exec(tags("compare value"))?.[1] ?? "time"
  const drawn = () => Object.keys(MARKS).filter((letter) => column("compare value", letter, "time").length)
  const at = (letter) => column("compare value", letter, along())

  // Every place where a curve has a point, from the left.
  const rows = () => [...new Set(drawn().flatMap(at).filter(Number.isFinite))].sort((one, other) => one - other).map((place) => ({at: place}))

  // The point that holds at a place: none before the first or after the last one of the run.
  function point(letter, place, isNewest) {
    const places = at(letter)
    if (isNewest) return places.length - 1
    return place > places.at(-1) ? -1 : places.findLastIndex((one) => one <= place)
  }
  const known = (write) => (value) => Number.isFinite(value) ? write(value) : NONE
  const percent = known(peak.percent)
  const signed = known((value) => peak.written(value + 0, {
    signDisplay: "exceptZero", minimumFractionDigits: 2, maximumFractionDigits: 2,
  }))

  // Drawdowns are fractions, and so are positions of unlike assets.
  const write = (chart) => chart === "compare drawdown" || tags(chart).includes("share") ? percent : digits(chart)

  function values(all, place, isNewest) {
    const style = innerWidth < NARROW ? "day" : "full"
    const points = drawn().map((letter) => [letter, point(letter, all[place].at, isNewest)])
    const value = ([letter, one], chart, name) => one < 0 ? NaN : column(chart, letter, name)[one]
    const first = tags("compare value").includes("unlike") ? NaN : value(points[0], "compare value", "value")
    return points.flatMap((found, rank) => {
      const [group] = found
      const time = value(found, "compare value", "time")
      const equity = value(found, "compare value", "value")
      const difference = rank ? equity - first : NaN
      const texts = {
        time: known((one) => peak.format(one, style))(time),
        equity: digits("compare value")(Number(equity.toPrecision(8))),
        drawdown: percent(value(found, "compare drawdown", "drawdown")),
        position: digits("compare position")(value(found, "compare position", "held")),
        difference: signed(difference),
      }
      const mark = MARKS[group]
      const tone = peak.tone(texts.difference)
      return Object.entries(texts).map(([name, text]) => ({group, mark, name, text, tone: name === "difference" ? tone : undefined}))
    })
  }

  const WHERE = {
    time: (place) => `${peak.format(place, "full")} ${peak.zoneName}`,
    hours: (place) => `${peak.decimal(Number(place.toPrecision(6)), 0, 2)} h`,
    bar: (place) => `${peak.word("bar")} ${peak.written(place)}`,
  }
  function height() {
    const asked = new URL(location.href).searchParams.get("runs")?.split(",").filter(Boolean).length ?? 0
    return asked ? `${(Math.min(asked, 6) + 2) * 20}px` : ""
  }
  peak.readouts.compare = {
    along: () => ({time: "time", hours: "hours", bar: "bar"})[along()],
    charts: CHARTS,
    height,
    isBetween: () => false,
    label: (place) => along() === "time" ? peak.format(place, "day") : WHERE[along()](place),
    notes: () => [],
    rows,
    values,
    when: (place) => WHERE[along()](place),
    write,
  }
})()
