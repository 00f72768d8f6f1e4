/** The style of the HTML report: two schemes of colours, one column, and paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --bg: #fafaf9; --card: #ffffff; --ink: #1c1917; --soft: #57534e; --line: #e2dfdb; --fill: #f3f1ee;
  --error: #b42318; --warning: #8f4c00; --note: #1f5fae; --good: #1a6b3c; --accent: #3a4f8f;
  --t0: #1f5fae; --t1: #9a3fb0; --t2: #14746f; --t3: #8f4c00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #161514; --card: #1f1d1c; --ink: #edeae6; --soft: #b3ada6; --line: #3a3735; --fill: #282624;
    --error: #ff9b8e; --warning: #f2b566; --note: #8ec1ff; --good: #7fd3a0; --accent: #a9b9f5;
    --t0: #8ec1ff; --t1: #e0a1f0; --t2: #73d0c8; --t3: #f2b566;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
header, main, footer { max-width: 74rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 2.5rem; }
h1 { font-size: 1.75rem; line-height: 1.2; letter-spacing: -.015em; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; line-height: 1.35; margin: 0; letter-spacing: -.005em; }
h3 { font-size: 1rem; margin: 0; font-weight: 600; }
p { margin: .4rem 0; max-width: 48rem; }
a { color: var(--accent); }
code, pre, .origin, svg text.name, svg text.line { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .8125rem; }
pre { background: var(--fill); border-radius: .4rem; padding: .6rem .8rem; margin: .5rem 0; white-space: pre-wrap; max-width: 48rem; }
.about, .place, .count, .more, .explains, figcaption { color: var(--soft); font-size: .875rem; }
.place { font-weight: 400; }
.warn { border-left: .25rem solid var(--warning); padding-left: .75rem; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: .5rem 1rem; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.totals { display: flex; flex-wrap: wrap; gap: .5rem 2.25rem; margin: 1.5rem 0; padding: 0; list-style: none; }
.totals b { display: block; font-size: 1.75rem; line-height: 1.15; font-weight: 600; font-variant-numeric: tabular-nums; }
.totals li { color: var(--soft); font-size: .875rem; }
.totals .error b { color: var(--error); } .totals .warning b { color: var(--warning); } .totals .note b { color: var(--note); }
.totals .good b { color: var(--good); }
.filters { position: sticky; top: 0; z-index: 1; background: var(--bg); border-bottom: 1px solid var(--line); }
.filters form { max-width: 74rem; margin: 0 auto; padding: .7rem 1.5rem; display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center; }
.filters label { font-size: .875rem; color: var(--soft); display: inline-flex; gap: .35rem; align-items: center; }
.filters fieldset { border: 0; margin: 0; padding: 0; display: flex; gap: .75rem; }
.filters legend { position: absolute; clip-path: inset(50%); }
input[type=search], select { font: inherit; font-size: .875rem; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: .4rem; padding: .35rem .55rem; min-height: 2.25rem; max-width: 15rem; }
input[type=checkbox] { width: 1.05rem; height: 1.05rem; accent-color: var(--accent); }
button { font: inherit; font-size: .875rem; color: var(--accent); background: none; border: 0; padding: .35rem; min-height: 2.25rem; cursor: pointer; text-decoration: underline; }
output { font-size: .875rem; color: var(--soft); margin-left: auto; font-variant-numeric: tabular-nums; }
section { margin: 2rem 0; scroll-margin-top: 7rem; }
.contents ol { list-style: none; margin: 1rem 0 0; padding: 0; }
.contents li { display: grid; grid-template-columns: 5rem 5rem 5.5rem 1fr; gap: 0 .75rem; padding: .3rem 0; border-top: 1px solid var(--line); font-size: .9375rem; align-items: baseline; }
.contents a { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.contents .count { text-align: right; font-variant-numeric: tabular-nums; }
.rule > .head { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline; }
.badge { font-size: .8125rem; font-weight: 600; color: var(--error); }
.warning .badge { color: var(--warning); } .note .badge { color: var(--note); }
.id { color: var(--soft); font-weight: 400; }
.fix { margin: .5rem 0 1rem; }
.finding, .cause { background: var(--card); border: 1px solid var(--line); border-left: .25rem solid var(--error); border-radius: .5rem; padding: .8rem 1.1rem; margin: .6rem 0; }
.finding { content-visibility: auto; contain-intrinsic-size: auto 8rem; }
.finding[hidden], .rule[hidden] { display: none; }
.finding.warning { border-left-color: var(--warning); } .finding.note { border-left-color: var(--note); }
.finding:not([data-state=open]), .cause { border-left-color: var(--line); }
.tag { font-size: .75rem; font-weight: 500; border: 1px solid var(--line); border-radius: 1rem; padding: .05rem .55rem; color: var(--soft); }
summary { cursor: pointer; color: var(--accent); font-size: .875rem; padding: .3rem 0; }
.evidence ul { list-style: none; margin: .3rem 0; padding: 0; }
.evidence li { padding: .3rem 0; border-top: 1px solid var(--line); display: grid; grid-template-columns: minmax(8rem, 22rem) 1fr; gap: 0 1rem; }
.origin { color: var(--soft); }
.path { margin: .8rem 0; }
.scroll { overflow-x: auto; padding: .25rem 0; }
svg { display: block; max-width: none; }
svg rect { fill: var(--fill); stroke: var(--line); }
svg .meeting rect { stroke: var(--error); stroke-width: 2; }
svg text { fill: var(--ink); font-size: 12px; }
svg text.name { font-weight: 600; font-size: 12px; } svg text.line { font-size: 11.5px; fill: var(--soft); }
svg text.role { font-size: 10.5px; letter-spacing: .06em; text-transform: uppercase; fill: var(--soft); }
svg .step { fill: none; stroke-width: 2; } svg .uncertain { stroke-dasharray: 5 4; }
svg .step.t0 { stroke: var(--t0); } svg .step.t1 { stroke: var(--t1); } svg .step.t2 { stroke: var(--t2); } svg .step.t3 { stroke: var(--t3); }
svg .dot.t0 { fill: var(--t0); } svg .dot.t1 { fill: var(--t1); } svg .dot.t2 { fill: var(--t2); } svg .dot.t3 { fill: var(--t3); }
svg path.meets { stroke: var(--error); } svg text.meets { fill: var(--error); font-size: 12.5px; font-weight: 600; }
svg .parting rect { stroke: var(--accent); stroke-width: 2.5; } svg .parting text.role { fill: var(--accent); font-weight: 600; }
h4 { font-size: .875rem; margin: 0; color: var(--soft); }
.moved { border-top: 1px solid var(--line); margin-top: .8rem; padding-top: .4rem; }
.sides { display: flex; flex-wrap: wrap; gap: .5rem 2rem; }
.wide { max-width: 100rem; }
.side { margin: .4rem 0; flex: 1 1 auto; max-width: 100%; }
.side > p, .side details { font-size: .875rem; width: 0; min-width: 100%; }
.lines { list-style: none; padding: 0; } .lines li { padding: .3rem 0; border-top: 1px solid var(--line); font-size: .9375rem; white-space: pre-wrap; }
footer { color: var(--soft); font-size: .875rem; padding-bottom: 3rem; }
@media (max-width: 40rem) {
  header, main, footer { padding-left: 1rem; padding-right: 1rem; }
  header { padding-top: 1.5rem; }
  .filters { position: static; }
  .filters form { padding: .7rem 1rem; }
  .filters label:has(select, input[type=search]) { flex: 1 1 100%; justify-content: space-between; }
  select, input[type=search] { flex: 1; max-width: 16rem; }
  .evidence li { grid-template-columns: 1fr; }
  .contents li { grid-template-columns: auto minmax(0, 1fr) max-content; }
  .contents li span:last-child { grid-column: 1 / -1; }
  section { scroll-margin-top: 0; }
  .totals { gap: .75rem 1.75rem; }
}
@media print {
  :root { color-scheme: light; --bg: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --fill: #f4f4f4; --error: #8e1b12; --warning: #6d3a00; --note: #17477f; }
  .filters, .skip { display: none; }
  body { font-size: 10.5pt; }
  .finding { content-visibility: visible; break-inside: avoid; }
  h2 { break-after: avoid; }
  .scroll { overflow: visible; }
  svg { max-width: 100%; height: auto; }
}
`;
