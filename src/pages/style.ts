/**
 * The style sheet of all pages. Colours meet WCAG 2.2 AA in both schemes, sizes follow the reader's
 * own, and nothing is loaded from elsewhere.
 */
export const styleSheet = `:root {
  color-scheme: light dark;
  --paper: #f4f5f7;
  --sheet: #ffffff;
  --ink: #1c2026;
  --quiet: #555d69;
  --line: #d5d9e0;
  --accent: #1f5fbf;
  --on-accent: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b;
    --sheet: #1e2228;
    --ink: #e8eaee;
    --quiet: #a7afbb;
    --line: #3a414b;
    --accent: #8ab6ff;
    --on-accent: #10151c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0;
  min-height: 100vh;
  display: flex;
  padding: 1rem;
  background: var(--paper);
  color: var(--ink);
  font: 100%/1.5 system-ui, sans-serif;
}
main {
  width: 100%;
  max-width: 34rem;
  margin: auto;
  padding: clamp(1.25rem, 5vw, 2.5rem);
  background: var(--sheet);
  border: 1px solid var(--line);
  border-radius: 0.75rem;
  overflow-wrap: anywhere;
}
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; }
p { margin: 0 0 1rem; }
main > :last-child { margin-bottom: 0; }
.actions { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-top: 1.5rem; }
.actions a {
  padding: 0.6rem 1.1rem;
  border: 1px solid var(--accent);
  border-radius: 0.5rem;
  color: var(--accent);
  font-weight: 600;
  text-decoration: none;
}
.actions a.main { background: var(--accent); color: var(--on-accent); }
.actions a:hover { text-decoration: underline; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.5rem 1.5rem; margin: 0 0 1rem; }
dt { color: var(--quiet); }
dd { margin: 0; min-width: 0; }
dd ul { margin: 0; padding: 0; list-style: none; max-height: 16rem; overflow-y: auto; }
.decision { margin-top: 1.5rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: 0.875rem; }
code { font-family: ui-monospace, monospace; }
@media (max-width: 30rem) {
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: 0.75rem; }
  .actions a { flex: 1 1 100%; text-align: center; }
}
`
