// Early: what must happen before the first paint, and what must be said if the modules never come.
// A classic script, because modules run only after the page was parsed.
"use strict";

(function applyTheme() {
  try {
    const theme = localStorage.getItem("eliza-theme");
    if (theme) document.documentElement.dataset.theme = theme;
  } catch {
    // Without storage the system's theme it is.
  }
})();

(function noticeMissingModules() {
  const complain = (event) => {
    if (!(event.target instanceof HTMLScriptElement)) return;
    document.getElementById("boot")?.setAttribute("hidden", "");
    document.getElementById("boot-problem")?.removeAttribute("hidden");
  };
  // Errors of loading do not bubble; they can only be caught on the way down.
  addEventListener("error", complain, true);
})();
