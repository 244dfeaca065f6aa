// Before the first paint: the theme that was chosen last. Storage is refused in some private windows.
try {
  const theme = localStorage.getItem('driftline-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // As the system says.
}
