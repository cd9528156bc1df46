// Charts over the last two minutes, drawn by uPlot. A chart's legend is text and shows the figures
// of now, or of where the pointer is; the drawing has a summary in words.

import {make, setAttribute, setText} from './dom.js';
import {tick} from './format.js';
import {now} from './history.js';
import {colour, onTheme} from './theme.js';

const SUMMARY_MS = 5000;   // a summary that is read aloud must not change under the reader
const SHRINK_S = 8;        // how long a scale stays after it could be smaller
const AXIS_WIDTH = 74;
const MOST_OVER_LINE = 1.6;  // how far above its line a band is shown
const THIRDS = [1, 2 / 3, 1 / 3, 0];

// The tops that a scale may have, times a power of ten, with the parts that each divides into.
const TOPS = [[1, 4], [1.5, 3], [2, 4], [3, 3], [4, 4], [5, 5], [6, 3], [8, 4], [10, 4]];

const powerOfTen = (value) => 10 ** Math.floor(Math.log10(value));

// The next top that is not below `value`.
function ceiling(value) {
  const power = powerOfTen(value);
  return TOPS.map(([top]) => top * power).find((top) => top >= value * 0.9999);
}

// Where a scale from 0 to `top` has its lines.
function steps(top) {
  const mantissa = top / powerOfTen(top);
  const [, parts] = TOPS.find(([one]) => Math.abs(one - mantissa) < 1e-6) ?? [0, 4];
  return Array.from({length: parts + 1}, (_, index) => (index * top) / parts);
}

// options: {title, figures: [{name, label, colour, kind}], format, least, empty, line}
//   kind    stack (an area on the ones before), line, low or high (the band around the line)
//   label   in the legend; none where it has none there
//   colour  the name of a custom property
//   least   the smallest top of the scale; `line`: () => a figure that is drawn dashed, or null
export class Chart {
  constructor(root, history, options) {
    this.history = history;
    this.options = options;
    this.top = options.least;
    this.fittedAt = 0;
    this.at = null;  // the row that the pointer is at
    this.stacked = options.figures.filter((figure) => figure.kind === 'stack');
    this.build(root);
    onTheme(() => this.plot.redraw(false));
  }

  build(root) {
    const {title, empty = 'Nothing measured yet.'} = this.options;
    if (title) root.append(make('figcaption', {class: 'chart-title'}, title));
    this.area = make('div', {class: 'plot', role: 'img', 'aria-label': title ?? 'Chart'});
    this.none = make('p', {class: 'empty'}, empty);
    this.area.append(this.none);
    root.append(this.area, this.legend());
    this.plot = new uPlot(this.settings(), this.data(), this.area);
    new ResizeObserver(() => {
      const {clientWidth: width, clientHeight: height} = this.area;
      if (width > 0 && (width !== this.plot.width || height !== this.plot.height)) {
        this.plot.setSize({width, height});
      }
    }).observe(this.area);
  }

  // What is said while there is nothing to draw.
  setEmpty(text) {
    setText(this.none, text);
  }

  legend() {
    const legend = make('div', {class: 'legend'});
    this.values = new Map();
    for (const figure of this.options.figures) {
      if (!figure.label) continue;
      const swatch = make('i', {class: figure.kind});
      swatch.style.background = `var(--${figure.colour})`;
      const value = make('b');
      this.values.set(figure.name, value);
      legend.append(make('span', {}, swatch, figure.label, value));
    }
    return legend;
  }

  // From the lowest figure up, sums are drawn largest first so that each covers those above it.
  drawn() {
    const others = this.options.figures.filter((figure) => figure.kind !== 'stack');
    return [...[...this.stacked].reverse(), ...others];
  }

  data() {
    const times = this.history.columns[0];
    const sums = new Map();
    let below = times.map(() => 0);
    for (const figure of this.stacked) {
      const column = this.history.column(figure.name);
      below = below.map((sum, row) => (column[row] === null || sum === null ? null : sum + column[row]));
      sums.set(figure.name, below);
    }
    return [times, ...this.drawn().map(({name}) => sums.get(name) ?? this.history.column(name))];
  }

  settings() {
    const drawn = this.drawn();
    const text = () => colour('ink-3');
    const grid = {stroke: () => colour('line'), width: 1};
    const font = '12px Inter, system-ui, sans-serif';
    const low = drawn.findIndex(({kind}) => kind === 'low') + 1;
    const high = drawn.findIndex(({kind}) => kind === 'high') + 1;
    const band = drawn.find(({kind}) => kind === 'line' || kind === 'high');
    return {
      width: Math.max(this.area.clientWidth, 100),
      height: this.area.clientHeight,
      padding: [8, 16, 0, 0],
      legend: {show: false},
      cursor: {y: false, drag: {x: false, y: false}, points: {show: false}},
      scales: {
        x: {time: false, range: () => [now() - this.history.span(), now()]},
        y: {range: () => [0, this.top]},
      },
      axes: [
        {stroke: text, font, grid: {show: false}, ticks: {show: false}, size: 24, gap: 6,
          splits: () => THIRDS.map((part) => now() - part * this.history.span()),
          values: () => this.agoTexts()},
        {stroke: text, font, grid, ticks: {show: false}, size: AXIS_WIDTH, gap: 8,
          splits: () => steps(this.top),
          values: (_, splits) => splits.map(tick(this.options.format))},
      ],
      series: [{}, ...drawn.map((figure) => this.series(figure))],
      bands: low && high
        ? [{series: [high, low], fill: () => translucent(colour(band.colour))}] : [],
      hooks: {setCursor: [(plot) => this.point(plot)], draw: [(plot) => this.drawLine(plot)]},
    };
  }

  agoTexts() {
    const span = this.history.span();
    return THIRDS.map((part) => (part === 0 ? 'now'
      : this.plot?.width < 420 && part === 1 ? '' : `${Math.round(part * span)} s ago`));
  }

  series({kind, colour: name}) {
    const stack = kind === 'stack';
    const edge = kind === 'low' || kind === 'high';
    return {
      spanGaps: false,
      points: {show: false},
      width: edge || stack ? 0 : 2,
      stroke: () => colour(name),
      fill: stack ? () => colour(name) : undefined,
    };
  }

  // The target, dashed, where the scale shows it.
  drawLine(plot) {
    const value = this.options.line?.() ?? null;
    if (value === null || value > this.top) return;
    const {ctx, bbox} = plot;
    const y = Math.round(plot.valToPos(value, 'y', true)) + 0.5;
    ctx.save();
    ctx.strokeStyle = colour('ink-2');
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.restore();
  }

  point(plot) {
    this.at = plot.cursor.left >= 0 ? plot.cursor.idx : null;
    this.showLegend();
  }

  // A scale grows at once and shrinks after a while, so that it does not breathe.
  fit(data) {
    let largest = this.options.least;
    this.drawn().forEach(({kind}, index) => {
      if (kind === 'high') return;
      for (const value of data[index + 1]) if (value > largest) largest = value;
    });
    largest = Math.max(largest, Math.min(this.highest(data), MOST_OVER_LINE * largest));
    const target = this.options.line?.() ?? null;
    if (target !== null && target < 2 * largest) largest = Math.max(largest, target * 1.05);
    const top = this.options.top ?? ceiling(largest);
    if (top >= this.top) this.fittedAt = now();
    if (top > this.top || now() - this.fittedAt > SHRINK_S) this.top = top;
  }

  // Of the band around the line: where little is known it is far too wide to be shown whole.
  highest(data) {
    const index = this.drawn().findIndex(({kind}) => kind === 'high');
    return index < 0 ? 0 : data[index + 1].reduce((most, value) => Math.max(most, value ?? 0), 0);
  }

  // Draws what the history holds by now.
  update() {
    const data = this.data();
    this.none.hidden = data.slice(1).some((column) => column.some((value) => value !== null));
    this.fit(data);
    this.plot.setData(data);
    this.showLegend();
    this.summarize();
  }

  figure(name, row) {
    const column = this.history.column(name);
    return column[row ?? column.length - 1] ?? null;
  }

  showLegend() {
    for (const [name, element] of this.values) {
      setText(element, this.options.format(this.figure(name, this.at)));
    }
  }

  summarize() {
    if (this.saidAt && performance.now() - this.saidAt < SUMMARY_MS) return;
    this.saidAt = performance.now();
    const figures = this.options.figures.filter((figure) => figure.label).map((figure) =>
      `${figure.label} ${this.options.format(this.figure(figure.name))}`);
    const {title, about = title} = this.options;
    setAttribute(this.area, 'aria-label', `${about}, the last two minutes. Now: ${figures.join(', ')}.`);
  }
}

const translucent = (rgb) => rgb.replace('rgb(', 'rgba(').replace(')', ', 0.2)');
