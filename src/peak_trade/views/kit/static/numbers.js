// Numbers as the language of the page writes them, for tooltips, axes and the readout of charts.
(() => {
  const {lang} = document.documentElement
  const written = (value, options) => value.toLocaleString(lang, options)

  // Bokeh has no other language than English for numbers.
  function spoken(text) {
    if (lang !== "de") return text
    return text.replace(/[.,]/g, (mark) => mark === "," ? "." : ",")
  }

  // The rules of derive/digits.py: below 1 five digits, zeros at the beginning not counted.
  function decimal(value, least, most) {
    const size = Math.abs(value)
    if (size && (size < 1e-12 || size >= 1e15)) return spoken(value.toExponential(4))
    const needed = size && size < 1 ? 4 - Math.floor(Math.log10(size)) : 0
    return written(value + 0, {minimumFractionDigits: least, maximumFractionDigits: Math.max(most, needed)})
  }

  // A fraction in percent, with its sign.
  function percent(value) {
    const text = written(Math.abs(value) * 100, {minimumFractionDigits: 2, maximumFractionDigits: 2})
    const sign = /[1-9]/.test(text) ? value < 0 ? "-" : "+" : ""
    return `${sign}${text} %`
  }

  // Gain or loss by the sign that is seen; what reads 0 is neither.
  const tone = (shown) => ({"+": "gain", "-": "loss"})[shown[0]]

  Object.assign(peak, {decimal, percent, spoken, tone, written})
})()
