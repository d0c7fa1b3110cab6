"use strict";
// The colours that were chosen on the pages, else those of the system.
const system = matchMedia("(prefers-color-scheme: dark)");
function paint() {
  let chosen = null;
  try {
    chosen = localStorage.getItem("peak-trade-theme");
  } catch {
    // A browser that keeps nothing has chosen nothing.
  }
  const dark = chosen === "dark" || (chosen !== "light" && system.matches);
  document.documentElement.classList.toggle("dark-mode", dark);
}
system.addEventListener("change", paint);
paint();
window.ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  supportedSubmitMethods: ["get", "head"],
  validatorUrl: null,
});
