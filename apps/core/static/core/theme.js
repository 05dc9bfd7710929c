// Which theme the toggle leads to.

// theme: "auto", "light" or "dark". Returns the other one of what is seen now; "auto" again when that is what the system has.
export function toggledTheme(theme, prefersDark) {
  const seen = theme === "auto" ? (prefersDark ? "dark" : "light") : theme;
  const wanted = seen === "dark" ? "light" : "dark";
  return (wanted === "dark") === prefersDark ? "auto" : wanted;
}
