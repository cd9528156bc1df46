// The last requests: a column each, as high as it took and coloured by stage, with a mark for its
// path; and the same as a table.

import {byId, make, setAttribute, setText, show, showNewest} from './dom.js';
import {bytes, clock, count, cutName, ms, percent} from './format.js';
import {STAGES, stagesOf} from './stages.js';

const SLOTS = 40;
const MOST_OVER_MEDIAN = 3;
// A shape for each path, so that colour is never all that tells.
const MARKS = {split: '◐', edge: '●', cloud: '○', fallback: '◇', cached: '□', error: '×'};

const markOf = ({path, error}) => (error ? 'error' : path);

function mark(path) {
  return make('i', {class: 'mark', 'data-path': path, 'aria-hidden': 'true'}, MARKS[path] ?? '·');
}

export class Requests {
  constructor() {
    this.strip = byId('strip');
    this.slots = Array.from({length: SLOTS}, () => {
      const stack = make('div', {class: 'stack'});
      stack.append(...STAGES.map(({colour}) => {
        const part = make('i');
        part.style.background = `var(--${colour})`;
        return part;
      }));
      return {root: make('div', {class: 'slot'}, stack, make('i', {class: 'mark'})), stack};
    });
    this.strip.append(...this.slots.map(({root}) => root));
  }

  update(status) {
    const requests = status.requests ?? [];
    this.showPaths(status.paths ?? {});
    byId('requests-none').hidden = requests.length > 0;
    const newest = requests.at(-1)?.seq ?? null;
    if (newest === this.newest && requests.length === this.length) return;
    this.newest = newest;
    this.length = requests.length;
    showNewest(byId('request-rows'), requests, ({seq, at}) => `${seq} ${at}`, row);
    this.showStrip(requests);
  }

  showPaths(paths) {
    const list = byId('paths');
    const key = JSON.stringify(paths);
    if (key === this.paths) return;
    this.paths = key;
    list.replaceChildren(...Object.entries(paths).map(([path, number]) =>
      make('li', {}, mark(path), `${path} `, make('b', {}, count(number)))));
  }

  showStrip(requests) {
    const shown = requests.slice(-SLOTS);
    const totals = shown.map(({latency_ms: latency}) => latency?.total ?? 0).sort((a, b) => a - b);
    const longest = totals.at(-1) ?? 0;
    // A few slow ones are cut off at the top, so that the others can still be read.
    const scale = Math.max(Math.min(longest, MOST_OVER_MEDIAN * (totals[totals.length >> 1] ?? 0)), 1);
    const empty = SLOTS - shown.length;
    this.slots.forEach(({root, stack}, slot) => {
      const request = shown[slot - empty];
      const path = request ? markOf(request) : '';
      const symbol = root.lastElementChild;
      setText(symbol, request ? MARKS[path] ?? '·' : '');
      setAttribute(symbol, 'data-path', path);
      setAttribute(root, 'data-late', request?.deadline_met === false ? '' : null);
      const stages = request ? stagesOf(request) : null;
      STAGES.forEach(({name}, index) => {
        const share = (stages?.[name] ?? 0) / scale;
        stack.children[index].style.height = `${(96 * share).toFixed(2)}%`;
      });
    });
    setAttribute(this.strip, 'aria-label', describe(shown, longest));
    show('strip-note', shown.length === 0 ? ''
      : `Height is latency (up to ${ms(scale)}), colour its stage, the mark its path; underlined is late.`);
  }
}

function describe(requests, longest) {
  if (requests.length === 0) return 'No request yet';
  const counts = {};
  for (const request of requests) counts[markOf(request)] = (counts[markOf(request)] ?? 0) + 1;
  const paths = Object.entries(counts).map(([path, number]) => `${number} ${path}`).join(', ');
  return `The last ${requests.length} requests by stage: ${paths}; the longest took ${ms(longest)}.`;
}

function row(request) {
  const {at, cut, codec, label, score, bytes_up: up, latency_ms: latency, deadline_met: met, error} = request;
  const path = markOf(request);
  const late = met === false;
  const answer = error ? make('td', {class: 'failed'}, error)
    : make('td', {}, label ?? '–', make('span', {class: 'quiet'}, (score ?? null) === null ? '' : `  ${percent(score)}`));
  return make('tr', {},
    make('td', {}, clock(at)),
    make('td', {}, mark(path), error ? 'failed' : request.path),
    make('td', {class: 'roomy'}, cutName(cut), cut === 'edge' || !codec ? '' : ` · ${codec}`),
    answer,
    make('td', {class: 'number roomy'}, bytes(up)),
    make('td', {class: late ? 'number late' : 'number'}, ms(latency?.total), late ? ' late' : ''));
}
