import { createAsset } from './asset.ts'

/**
 * The style sheet of all pages. Colours meet WCAG 2.2 AA in both schemes, sizes follow the reader's
 * own, sides follow the script's direction, nothing moves, and nothing is loaded from elsewhere.
 */
export const styleSheet = `:root {
  color-scheme: light dark;
  --paper: #eef1f5;
  --sheet: #ffffff;
  --ink: #1a1f27;
  --quiet: #535c69;
  --line: #d3d9e2;
  --edge: #7b8594;
  --accent: #1d5bb8;
  --accent-strong: #164a99;
  --accent-soft: #e8effb;
  --on-accent: #ffffff;
  --good: #14693c;
  --good-soft: #e0f3e8;
  --bad: #a8231b;
  --bad-soft: #fce9e7;
  --wait: #7d5200;
  --wait-soft: #fcf0d8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12151a;
    --sheet: #1c2129;
    --ink: #e7eaef;
    --quiet: #a5aebb;
    --line: #353d49;
    --edge: #768193;
    --accent: #8fb8ff;
    --accent-strong: #b3cfff;
    --accent-soft: #1f2f4a;
    --on-accent: #0d1420;
    --good: #77d6a0;
    --good-soft: #17352a;
    --bad: #ff9d92;
    --bad-soft: #432322;
    --wait: #f1c268;
    --wait-soft: #3a2f17;
  }
}
*, ::before, ::after { box-sizing: border-box; }
body {
  display: flex;
  flex-direction: column;
  align-items: center;
  min-height: 100vh;
  min-height: 100dvh;
  margin: 0;
  padding: clamp(1rem, 4vw, 3rem) 1rem;
  background: var(--paper);
  color: var(--ink);
  font: 100%/1.5 system-ui, sans-serif;
  overflow-wrap: anywhere;
}
body::before, body::after { content: ""; flex: 1; }
body::after { flex: 1.6; }
header, main { width: 100%; max-width: 32rem; }
header {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 0.5rem 0.75rem;
  margin-block-end: 1.25rem;
  padding-inline: 0.25rem;
  font-size: 1.125rem;
  font-weight: 600;
}
header img { height: 2.5rem; max-width: 10rem; object-fit: contain; }
header span { flex: 1; min-width: 10rem; }
main {
  padding: clamp(1.25rem, 6vw, 2.5rem);
  background: var(--sheet);
  border: 1px solid var(--line);
  border-radius: 1rem;
  box-shadow: 0 0.25rem 1.5rem rgb(10 20 40 / 8%);
}
.icon {
  display: block;
  width: 3rem;
  height: 3rem;
  margin-block-end: 1.25rem;
  padding: 0.65rem;
  border-radius: 50%;
  background: var(--accent-soft);
  fill: none;
  stroke: var(--accent);
  stroke-width: 2;
  stroke-linecap: round;
  stroke-linejoin: round;
}
.icon.good { background: var(--good-soft); stroke: var(--good); }
.icon.bad { background: var(--bad-soft); stroke: var(--bad); }
.icon.wait { background: var(--wait-soft); stroke: var(--wait); }
h1 { margin: 0 0 0.75rem; font-size: 1.625rem; line-height: 1.2; text-wrap: balance; }
p { margin: 0 0 1rem; }
main > :last-child { margin-block-end: 0; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
.actions { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-block: 1.75rem 0; }
.actions a {
  display: inline-flex;
  align-items: center;
  justify-content: center;
  min-height: 2.75rem;
  padding: 0.5rem 1.25rem;
  border: 1px solid var(--edge);
  border-radius: 0.5rem;
  color: var(--accent);
  font-weight: 600;
  text-align: center;
  text-decoration: none;
}
.actions a:hover { border-color: var(--accent-strong); color: var(--accent-strong); text-decoration: underline; }
.actions a.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.actions a.main:hover { background: var(--accent-strong); border-color: var(--accent-strong); }
.who { padding: 0.75rem 1rem; border-inline-start: 4px solid var(--accent); background: var(--accent-soft); }
.providers { display: grid; gap: 0.75rem; margin: 1.5rem 0 0; padding: 0; list-style: none; }
.providers a {
  display: flex;
  align-items: center;
  gap: 0.75rem;
  min-height: 3.5rem;
  padding: 0.75rem 1rem;
  border: 1px solid var(--edge);
  border-radius: 0.75rem;
  color: var(--ink);
  font-weight: 600;
  text-decoration: none;
}
.providers a > span { flex: 1; }
.providers a::after { content: ""; width: 0.6rem; height: 0.6rem; border: solid var(--accent); border-width: 2px 2px 0 0; rotate: 45deg; }
[dir="rtl"] .providers a::after { rotate: -135deg; }
.providers a:hover { border-color: var(--accent); text-decoration: underline; }
.providers a.remembered { border: 2px solid var(--accent); background: var(--accent-soft); }
.providers small { display: block; color: var(--accent); font-size: 0.875rem; }
dl { display: grid; grid-template-columns: fit-content(45%) 1fr; gap: 0.625rem 1.5rem; margin: 1.25rem 0 1rem; }
dt, .quiet { color: var(--quiet); }
dd { min-width: 0; margin: 0; }
dd .quiet { display: block; font-size: 0.875rem; }
dd ul { margin: 0; padding: 0; list-style: none; }
summary { min-height: 1.75rem; color: var(--accent); font-weight: 600; cursor: pointer; }
.decision { margin-block-start: 1.75rem; padding-block-start: 1rem; border-block-start: 1px solid var(--line); color: var(--quiet); font-size: 0.875rem; }
code, .invisible { font-family: ui-monospace, monospace; }
code { color: var(--ink); user-select: all; }
.invisible { padding-inline: 0.25em; border: 1px solid var(--bad); border-radius: 0.25em; background: var(--bad-soft); color: var(--bad); font-size: 0.8em; }
@media (max-width: 30rem) {
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-block-end: 0.875rem; }
  .actions a { flex: 1 1 100%; }
}
@media (forced-colors: active) {
  .icon[class] { border: 1px solid; background: none; stroke: CanvasText; }
  .actions a.main { border-width: 3px; }
  .providers a.remembered { border-width: 3px; }
}
@media print {
  body { display: block; padding: 0; background: none; color: black; }
  main { padding: 0; border: 0; background: none; box-shadow: none; }
  .actions, .icon { display: none; }
}
`

/** {@link styleSheet} as a file to send. */
export const styleAsset = createAsset('text/css; charset=utf-8', { body: styleSheet })
