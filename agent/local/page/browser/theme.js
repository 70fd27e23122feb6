// Runs before the first paint, so that a remembered theme does not flash up in the other one.
{
  const key = "host-agent-theme";
  const root = document.documentElement;
  const stored = () => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const wanted = stored();
  if (wanted === "light" || wanted === "dark") root.dataset.theme = wanted;

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const current = () => root.dataset.theme ?? (dark.matches ? "dark" : "light");

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const label = () =>
      button?.setAttribute("aria-label", `Change to the ${current() === "dark" ? "light" : "dark"} theme`);
    button?.addEventListener("click", () => {
      const next = current() === "dark" ? "light" : "dark";
      // Back to what the system says: then the page follows it again.
      if (next === (dark.matches ? "dark" : "light")) delete root.dataset.theme;
      else root.dataset.theme = next;
      try {
        if (root.dataset.theme) localStorage.setItem(key, next);
        else localStorage.removeItem(key);
      } catch {
        // A browser that stores nothing still changes the theme.
      }
      label();
    });
    dark.addEventListener("change", label);
    label();
  });
}
