// The style of <reelmill-upload>: after the page around it, its colours and its type, and the --reelmill-* properties.

export const STYLE = new CSSStyleSheet();
STYLE.replaceSync(`
:host {
  --accent: var(--reelmill-accent, light-dark(#0f766e, #5cd0c1));
  --on-accent: var(--reelmill-on-accent, light-dark(#ffffff, #06201d));
  --ink: var(--reelmill-text, CanvasText);
  --soft: var(--reelmill-muted, color-mix(in srgb, var(--ink) 72%, transparent));
  --line: var(--reelmill-border, color-mix(in srgb, var(--ink) 45%, transparent));
  --surface: var(--reelmill-surface, Canvas);
  display: block;
  box-sizing: border-box;
  min-block-size: 11rem;
  padding: 1rem;
  border: 1px solid color-mix(in srgb, var(--line) 50%, transparent);
  border-radius: var(--reelmill-radius, 12px);
  background: var(--surface);
  color: var(--ink);
  font: var(--reelmill-font, inherit);
  line-height: 1.5;
  overflow-wrap: anywhere;
}
:host([hidden]), [hidden] { display: none !important; }
p { margin: 0; }
.drop {
  display: grid;
  gap: 0.5rem;
  place-content: center;
  justify-items: center;
  min-block-size: 9rem;
  border: 2px dashed var(--line);
  border-radius: calc(var(--reelmill-radius, 12px) - 4px);
  text-align: center;
}
.drop p { color: var(--soft); }
.drop.over { border-color: var(--accent); background: color-mix(in srgb, var(--accent) 12%, transparent); }
.card { display: grid; gap: 0.5rem; }
.name { font-weight: 600; outline-offset: 2px; }
.figures { display: grid; grid-template-rows: 1.5em 1.5em; color: var(--soft); font-variant-numeric: tabular-nums; }
.actions { display: flex; flex-wrap: wrap; gap: 0.5rem; margin-block-start: 0.75rem; }
.actions:empty { display: none; }
progress {
  appearance: none;
  inline-size: 100%;
  block-size: 0.625rem;
  border: 0;
  border-radius: 1rem;
  background: color-mix(in srgb, var(--ink) 14%, transparent);
  overflow: hidden;
}
progress::-webkit-progress-bar { background: transparent; }
progress::-webkit-progress-value { background: var(--accent); border-radius: 1rem; }
progress::-moz-progress-bar { background: var(--accent); border-radius: 1rem; }
progress:indeterminate { background: linear-gradient(90deg, transparent 30%, var(--accent) 50%, transparent 70%) 0 / 200% 100%, color-mix(in srgb, var(--ink) 14%, transparent); animation: run 1.6s linear infinite; }
progress:indeterminate::-moz-progress-bar { background: transparent; }
@keyframes run { from { background-position: 150% 0, 0 0; } to { background-position: -50% 0, 0 0; } }
button {
  min-block-size: 2.75rem;
  padding: 0.5rem 1.1rem;
  border: 1px solid var(--line);
  border-radius: calc(var(--reelmill-radius, 12px) - 4px);
  background: transparent;
  color: inherit;
  font: inherit;
  font-weight: 600;
  cursor: pointer;
}
button:hover { border-color: var(--accent); }
button[part~="choose"], button[part~="resume"], button[part~="again"] { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
@media (prefers-reduced-motion: reduce) {
  progress:indeterminate { animation: none; background: repeating-linear-gradient(90deg, var(--accent) 0 0.5rem, transparent 0.5rem 1rem); }
}
@media (forced-colors: active) {
  progress { border: 1px solid; }
}
`);
