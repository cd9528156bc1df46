// The network as it is divided now: what runs on the edge, what in the cloud, the cut between them,
// and where it was. Its layers can be walked through with the pointer or the arrow keys.

import {byId, make, makeSvg, setAttribute, setText, show} from './dom.js';
import {cutName, macs, percent, plural} from './format.js';
import {BOTTOM, GHOSTS, HEIGHT, layOut, lineAfter, MIDDLE, NAMES, TOP} from './layout.js';

const FLAG_CHARACTER = 7.3;  // px
const GHOST_CHARACTER = 6.7;
const MOST_GHOSTS = 4;

export class NetworkGraph {
  // `onChoose(cut)` is told of the cut that a person takes from the drawing.
  constructor(onChoose) {
    this.onChoose = onChoose;
    this.root = byId('network');
    this.nodes = [];
    this.cuts = new Map();
    this.chosen = null;
    this.root.addEventListener('keydown', (event) => this.onKey(event));
    this.root.addEventListener('pointermove', (event) => this.onPoint(event));
    this.root.addEventListener('click', () => this.take());
    new ResizeObserver(() => this.draw()).observe(this.root);
  }

  setGraph(graph) {
    this.nodes = graph.nodes ?? [];
    this.index = new Map(this.nodes.map(({id}, position) => [id, position]));
    const all = this.nodes.map(({id}) => id);
    const ends = [{name: 'input', after: [], depth: 0}, {name: 'edge', after: all, depth: 1}];
    this.cuts = new Map([...ends, ...(graph.cuts ?? [])].map((cut) => [cut.name, cut]));
    this.cutAfter = new Map();  // by the last layer before it, where that is a prefix
    for (const cut of this.cuts.values()) {
      const last = this.lastBefore(cut);
      if (last >= 0 && last < this.nodes.length - 1) this.cutAfter.set(last, cut.name);
    }
    this.chosen = null;
    this.drawnWidth = 0;
    this.draw();
    this.fillTable();
  }

  lastBefore({after}) {
    return after.reduce((last, id) => Math.max(last, this.index.get(id) ?? -1), -1);
  }

  // What status.cut says.
  update(cut) {
    this.cut = cut;
    const key = JSON.stringify([cut.now, cut.before]);
    if (key === this.shownCut) return;
    this.shownCut = key;
    this.showCut();
  }

  draw() {
    const room = this.root.clientWidth;
    if (this.nodes.length === 0 || room === 0 || room === this.drawnWidth) return;
    this.drawnWidth = room;
    const layout = layOut(this.nodes, room);
    this.layout = layout;
    const {width, xs} = layout;
    const svg = makeSvg('svg', {width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, 'aria-hidden': 'true'});
    this.tints = ['cloud', 'edge'].map((side) =>
      makeSvg('rect', {class: `tint-${side}`, y: TOP, width, height: BOTTOM - TOP}));
    svg.append(...this.tints, ...this.wires());
    this.bars = this.nodes.map((_, index) => this.bar(index));
    svg.append(...this.bars);
    for (const cut of this.cutAfter.keys()) {
      svg.append(makeSvg('circle', {class: 'can-cut', cx: lineAfter(layout, cut + 1), cy: BOTTOM - 7, r: 1.5}));
    }
    for (const {x, text} of layout.names) {
      svg.append(makeSvg('text', {class: 'axis-text', x, y: NAMES, 'text-anchor': 'middle'}, text));
    }
    this.ghosts = makeSvg('g');
    this.mark = this.makeMark();
    svg.append(this.ghosts, this.mark);
    this.root.replaceChildren(svg);
    this.scrolled = xs.length > 0 && width <= room;
    if (this.cut) this.showCut();
  }

  // Lines between layers that follow each other, brackets over the others, marks at both ends.
  wires() {
    const {xs, brackets, width, pitch} = this.layout;
    const wires = [];
    this.nodes.forEach(({inputs}, to) => {
      if (to > 0 && (inputs ?? []).includes(this.nodes[to - 1].id)) {
        wires.push(makeSvg('path', {class: 'wire', d: `M${xs[to - 1]} ${MIDDLE}H${xs[to]}`}));
      }
    });
    for (const {path} of brackets) wires.push(makeSvg('path', {class: 'wire', d: path}));
    const ends = [xs[0] - pitch / 2 - 13, xs.at(-1) + pitch / 2 + 13];
    wires.push(makeSvg('path', {class: 'wire', d: `M${ends[0]} ${MIDDLE}H${xs[0]}M${xs.at(-1)} ${MIDDLE}H${ends[1]}`}));
    for (const x of ends.filter((end) => end > 0 && end < width)) {
      wires.push(makeSvg('circle', {class: 'end-mark', cx: x, cy: MIDDLE, r: 4}));
    }
    return wires;
  }

  bar(index) {
    const {xs, halves, pitch} = this.layout;
    const thick = Math.max(3, Math.min(18, pitch * 0.58));
    return makeSvg('rect', {class: 'bar', x: xs[index] - thick / 2, y: MIDDLE - halves[index],
      width: thick, height: 2 * halves[index], rx: Math.min(3, thick / 2)});
  }

  makeMark() {
    const mark = makeSvg('g', {class: 'cut-mark'});
    this.flag = makeSvg('rect', {class: 'cut-flag', y: 2, height: 22, rx: 6});
    this.flagText = makeSvg('text', {class: 'cut-flag-text', y: 17, 'text-anchor': 'middle'});
    mark.append(makeSvg('line', {class: 'cut-rule', y1: 22, y2: BOTTOM}), this.flag, this.flagText);
    return mark;
  }

  xOf(cut) {
    return lineAfter(this.layout, this.lastBefore(cut) + 1);
  }

  showCut() {
    const cut = this.cuts.get(this.cut.now);
    this.showSides(cut);
    if (!this.layout || this.nodes.length === 0) return;
    const head = new Set(cut ? cut.after : []);
    this.bars.forEach((bar, index) =>
      setAttribute(bar, 'data-side', cut && head.has(this.nodes[index].id) ? 'edge' : 'cloud'));
    setAttribute(this.mark, 'visibility', cut ? 'visible' : 'hidden');
    if (!cut) return;
    const x = this.xOf(cut);
    this.tints[1].setAttribute('width', x);
    this.mark.style.transform = `translateX(${x}px)`;
    this.placeFlag(cutName(cut.name), x);
    this.placeGhosts(x);
    if (!this.scrolled) {
      this.root.scrollLeft = x - this.root.clientWidth / 2;
      this.scrolled = true;
    }
  }

  placeFlag(text, x) {
    const half = (text.length * FLAG_CHARACTER) / 2 + 9;
    const shift = Math.max(half - x + 1, Math.min(0, this.layout.width - x - half - 1));
    setText(this.flagText, text);
    setAttribute(this.flagText, 'x', shift);
    setAttribute(this.flag, 'x', shift - half);
    setAttribute(this.flag, 'width', 2 * half);
  }

  placeGhosts(now) {
    this.ghosts.replaceChildren();
    const taken = [];
    const names = [...new Set(this.cut.before ?? [])].filter((name) => name !== this.cut.now);
    for (const name of names.slice(-MOST_GHOSTS).reverse()) {
      const cut = this.cuts.get(name);
      if (!cut) continue;
      const x = this.xOf(cut);
      if (Math.abs(x - now) > 1) {
        this.ghosts.append(makeSvg('line', {class: 'ghost', x1: x, x2: x, y1: TOP, y2: BOTTOM}));
      }
      const half = (name.length * GHOST_CHARACTER) / 2 + 3;
      const middle = Math.min(Math.max(x, half), this.layout.width - half);
      if (taken.some((other) => Math.abs(other.middle - middle) < other.half + half)) continue;
      taken.push({middle, half});
      this.ghosts.append(makeSvg('text',
        {class: 'ghost-text', x: middle, y: GHOSTS, 'text-anchor': 'middle'}, name));
    }
  }

  showSides(cut) {
    const here = cut ? cut.after.length : 0;
    const depth = cut?.depth ?? null;
    const all = this.nodes.length;
    show('side-edge', cut ? `Edge: ${plural(here, 'layer')}, ${percent(depth)} of the work` : 'Edge');
    show('side-cloud', cut
      ? `Cloud: ${plural(all - here, 'layer')}, ${percent(depth === null ? null : 1 - depth)} of the work` : 'Cloud');
    this.fillSides(cut);
  }

  // The same in the table.
  fillTable() {
    byId('layer-rows').replaceChildren(...this.nodes.map((node) => make('tr', {},
      make('td', {class: 'name'}, node.name), make('td', {}, node.kind),
      make('td', {}, (node.shape ?? []).join(' × ')), make('td', {class: 'number'}, macs(node.macs)),
      make('td', {}, '–'))));
    if (this.cut) this.showCut();
  }

  fillSides(cut) {
    const head = new Set(cut?.after ?? []);
    [...byId('layer-rows').rows].forEach((row, index) => setText(row.cells[4],
      !cut ? '–' : head.has(this.nodes[index].id) ? 'on the edge' : 'in the cloud'));
  }

  choose(index) {
    if (index === this.chosen || !this.bars?.[index]) return;
    this.bars[this.chosen]?.classList.remove('chosen');
    this.chosen = index;
    this.bars[index].classList.add('chosen');
    const {name, kind, shape, macs: work} = this.nodes[index];
    const cut = this.cutAfter.get(index);
    setText(byId('layer'), `${name}: ${kind}, output ${(shape ?? []).join(' × ')}, ${macs(work)} MACs. `
      + (cut ? 'The network can be cut after it.' : 'No cut after it.'));
  }

  take() {
    const cut = this.cutAfter.get(this.chosen);
    if (cut) this.onChoose(cut);
  }

  onKey(event) {
    const last = this.nodes.length - 1;
    const from = this.chosen ?? -1;
    const to = {ArrowRight: Math.min(from + 1, last), ArrowLeft: Math.max(from - 1, 0), Home: 0, End: last};
    if (event.key in to) {
      this.choose(to[event.key]);
      const x = this.layout?.xs[this.chosen] ?? 0;
      const {scrollLeft, clientWidth} = this.root;
      if (x < scrollLeft + 20 || x > scrollLeft + clientWidth - 20) this.root.scrollLeft = x - clientWidth / 2;
    } else if (event.key === 'Enter') {
      this.take();
    } else {
      return;
    }
    event.preventDefault();
  }

  onPoint(event) {
    if (!this.layout) return;
    const x = event.clientX - this.root.getBoundingClientRect().left + this.root.scrollLeft;
    const index = Math.round((x - this.layout.xs[0]) / this.layout.pitch);
    this.choose(Math.min(Math.max(index, 0), this.nodes.length - 1));
  }
}
