#include "partitioner/report/style.h"

namespace tideline {

const char kReportStyle[] = R"(
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --card: #ffffff; --ink: #1b2330; --muted: #667085; --line: #e2e6ec;
  --edge: #12957f; --edge-soft: #d8f1ec; --edge-side: #f0faf7; --edge-light: #7fcdbf;
  --link: #e39b28; --link-light: #f3cd8e; --wait: #b9c0cb;
  --cloud: #4a68e8; --cloud-soft: #dfe6fd; --cloud-side: #f3f6ff; --cloud-light: #9cb0f6;
  --cut: #d1306f; --good: #12957f; --bad: #cf3b34; --warn: #fdf3df; --warn-ink: #7a4f05;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1319; --card: #171d26; --ink: #e5e9f0; --muted: #95a0b3; --line: #2a3340;
    --edge: #2fbfa6; --edge-soft: #17443d; --edge-side: #142422; --edge-light: #1d7567;
    --link: #e8a946; --link-light: #8f6a2e; --wait: #566072;
    --cloud: #7f97ff; --cloud-soft: #263466; --cloud-side: #171d31; --cloud-light: #4557a8;
    --cut: #ff6b9f; --good: #2fbfa6; --bad: #ff7a70; --warn: #33280f; --warn-ink: #f2cf8a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); line-height: 1.5;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1420px; margin: 0 auto; padding: 28px 24px 48px; }
header { margin-bottom: 20px; }
header p { margin: 4px 0 0; color: var(--muted); }
h1 { margin: 0; font-size: 27px; line-height: 1.25; letter-spacing: -.01em; overflow-wrap: anywhere; }
h1 b { color: var(--cut); font-weight: 650; }
h2 { margin: 0 0 4px; font-size: 16px; }
h2 + p { margin: 0 0 14px; color: var(--muted); font-size: 13.5px; }
.cards { display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(136px, 1fr)); }
.figure-card, section { background: var(--card); border: 1px solid var(--line);
  border-radius: 12px; }
.figure-card { padding: 12px 16px; }
.figure-card span { display: block; color: var(--muted); font-size: 13px; }
.figure-card b { font-size: 22px; font-weight: 620; letter-spacing: -.01em; white-space: nowrap; }
.columns { display: grid; gap: 16px; margin-top: 16px; align-items: start;
  grid-template-columns: minmax(340px, 430px) minmax(0, 1fr); }
.stack { display: grid; gap: 16px; min-width: 0; }
section { padding: 18px 20px; min-width: 0; }
section svg { display: block; width: 100%; height: auto; }
.network svg { max-width: 470px; }
.pair { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); }
.pair svg { max-width: 460px; }
@media (max-width: 980px) { .columns { grid-template-columns: minmax(0, 1fr); }
  .below { order: 2; } }
.warning { background: var(--warn); color: var(--warn-ink); border-radius: 10px; margin: 0 0 12px;
  padding: 10px 14px; }
.unmet { background: var(--card); border: 1px solid var(--bad); border-radius: 10px;
  margin: 0 0 12px; padding: 10px 14px; }
.unmet b { color: var(--bad); }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
th { color: var(--muted); font-weight: 500; text-align: left; white-space: nowrap; }
th, td { border-bottom: 1px solid var(--line); padding: 6px 10px 6px 0; vertical-align: top; }
tr:last-child td { border-bottom: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.name { min-width: 92px; overflow-wrap: anywhere; }
.plans td.name + td.name { white-space: nowrap; }
tr.chosen td { font-weight: 620; }
.plans table { font-size: 12.5px; } .plans th, .plans td { padding-right: 7px; }
td.engines { font-size: 11.5px; min-width: 110px; padding-left: 8px; }
.why { color: var(--muted); }
.kept { color: var(--good); } .broken { color: var(--bad); }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px 18px; margin: 0;
  font-size: 13.5px; }
dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; }
footer { color: var(--muted); font-size: 13px; margin-top: 20px; }

svg text { fill: var(--ink); font-size: 12px; }
svg .tick, svg .tick-left, svg .legend, svg .track, svg .axis { fill: var(--muted);
  font-size: 11px; }
svg .tick { text-anchor: middle; } svg .tick-left { text-anchor: end; }
svg .label { text-anchor: end; } svg .best { font-weight: 650; }
svg .figure { font-variant-numeric: tabular-nums; }
.grid { stroke: var(--line); }
.p-head { fill: var(--edge); } .p-encode { fill: var(--edge-light); }
.p-up { fill: var(--link); } .p-down { fill: var(--link-light); }
.p-decode { fill: var(--cloud-light); } .p-tail { fill: var(--cloud); }
.p-queue { fill: var(--wait); }
.whisker { stroke: var(--ink); opacity: .45; }
.percentile { stroke: var(--ink); stroke-width: 2; }
.break { fill: var(--card); }

.side-edge { fill: var(--edge-side); } .side-cloud { fill: var(--cloud-side); }
.wire { fill: none; stroke: var(--muted); opacity: .55; }
.wire.crossing { stroke: var(--cut); stroke-width: 2; opacity: 1; }
.box, .end { rx: 5px; stroke-width: 1; }
.end { rx: 11px; }
.on-edge { fill: var(--edge-soft); stroke: var(--edge); }
.on-cloud { fill: var(--cloud-soft); stroke: var(--cloud); }
svg .name { font-size: 11px; text-anchor: middle; pointer-events: none; }
.bar-edge { fill: var(--edge); } .bar-cloud { fill: var(--cloud-light); }
.bar-bytes { fill: var(--link-light); } .bar-cut { fill: var(--cut); }
.cut { stroke: var(--cut); stroke-width: 2; stroke-dasharray: 6 4; }
.cut-label { fill: var(--cut); rx: 10px; }
svg .cut-name { fill: var(--card); font-size: 11.5px; font-weight: 600; }

.curve { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
.curve.best { stroke: var(--ink); stroke-width: 5; opacity: .22; }
.curve.edge { stroke: var(--edge); } .curve.input { stroke: var(--cloud); }
.curve.split { stroke: var(--link); }
svg .name-best { fill: var(--muted); } svg .name-edge { fill: var(--edge); }
svg .name-input { fill: var(--cloud); } svg .name-split { fill: var(--link); }
.strip { stroke: var(--card); }
.strip.edge { fill: var(--edge-soft); } .strip.input { fill: var(--cloud-soft); }
.strip.even { fill: var(--link-light); opacity: .75; }
.strip.odd { fill: var(--link-light); opacity: .45; }
svg .strip-name { text-anchor: middle; font-size: 11px; }
.now { stroke: var(--cut); stroke-dasharray: 3 3; }
svg .now-left, svg .now-right { fill: var(--cut); font-size: 11px; }
svg .now-left { text-anchor: end; }
.chosen { fill: var(--cut); }
.stairs { fill: none; stroke: var(--muted); opacity: .6; }
.dot { opacity: .85; } .dot.edge { fill: var(--edge); } .dot.input { fill: var(--cloud); }
.dot.split { fill: var(--link); }
.ring { fill: none; stroke: var(--cut); stroke-width: 2; }
@media (max-width: 700px) { section { overflow-x: auto; }
  section svg { min-width: 620px; } .network svg, .pair svg { min-width: 320px; } }
@media print { body { background: #fff; } section { break-inside: avoid; } }
)";

}  // namespace tideline
