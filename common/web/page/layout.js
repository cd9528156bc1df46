// Where the parts of a network's drawing go: layers from left to right in the order in which they
// run, as bars as high as their output is large, with brackets above for what skips layers. Pure.

const LEAST_PITCH = 7;    // px from layer to layer; below that the drawing scrolls
const END_ROOM = 26;      // for the marks of input and answer
const HALF = 62;          // of the highest bar
const LEAST_HALF = 2.5;
const LANE = 7;           // between brackets that overlap
const MOST_LANES = 6;

export const HEIGHT = 292;
export const MIDDLE = 168;
export const TOP = 34;        // under the cut's flag
export const BOTTOM = 248;
export const NAMES = 266;     // base lines of the two rows of names
export const GHOSTS = 284;

// {width, pitch, xs, halves, brackets, names} for graph.nodes in `room` px.
export function layOut(nodes, room) {
  const pitch = Math.max(LEAST_PITCH, (room - 2 * END_ROOM) / (nodes.length + 1));
  const width = Math.max(room, 2 * END_ROOM + pitch * (nodes.length + 1));
  const left = (width - pitch * (nodes.length - 1)) / 2;
  const xs = nodes.map((_, index) => left + index * pitch);
  const halves = barHalves(nodes);
  return {width, pitch, xs, halves, brackets: brackets(nodes, xs, halves), names: names(nodes, xs)};
}

// The x of a line after the first `count` layers.
export function lineAfter({xs, pitch}, count) {
  return xs.length === 0 ? 0 : xs[0] + (count - 0.5) * pitch;
}

const elements = (shape) => (shape ?? []).reduce((product, size) => product * Math.max(size, 1), 1);

// Areas that differ ten thousandfold stay visible beside each other.
function barHalves(nodes) {
  const sizes = nodes.map(({shape}) => elements(shape) ** 0.4);
  const largest = Math.max(...sizes, 1);
  return sizes.map((size) => Math.max(LEAST_HALF, (HALF * size) / largest));
}

// Connections of layers that do not follow each other: [{from, to, path}].
function brackets(nodes, xs, halves) {
  const index = new Map(nodes.map(({id}, position) => [id, position]));
  const found = [];
  nodes.forEach(({inputs}, to) => {
    for (const id of inputs ?? []) {
      const from = index.get(id);
      if (from !== undefined && to - from > 1) found.push({from, to});
    }
  });
  // Shorter ones lie lower; each takes the lowest lane that is free.
  found.sort((a, b) => a.to - a.from - (b.to - b.from) || a.from - b.from);
  const placed = [];
  for (const bracket of found) {
    const above = Math.max(...halves.slice(bracket.from, bracket.to + 1));
    const overlapping = placed.filter(({from, to}) => from < bracket.to && to > bracket.from);
    let lane = 0;
    while (lane < MOST_LANES && overlapping.some((other) => other.lane === lane)) lane += 1;
    const y = Math.max(TOP + 6, MIDDLE - above - 9 - lane * LANE);
    placed.push({...bracket, lane, path: bracketPath(bracket, xs, halves, y)});
  }
  return placed;
}

function bracketPath({from, to}, xs, halves, y) {
  const [a, b] = [xs[from], xs[to]];
  const r = Math.min(5, (b - a) / 2);
  return `M${a} ${MIDDLE - halves[from]}V${y + r}Q${a} ${y} ${a + r} ${y}H${b - r}`
    + `Q${b} ${y} ${b} ${y + r}V${MIDDLE - halves[to]}`;
}

// A few names below: a module's where it begins, then the numbers of its parts, as room allows.
function names(nodes, xs) {
  const placed = [];
  let free = -Infinity;
  let before = ['', ''];
  nodes.forEach(({name}, index) => {
    const [top, part = ''] = name.split('.');
    const text = top !== before[0] ? top : part !== before[1] ? part : '';
    before = [top, part];
    const half = text.length * 3.3 + 5;
    if (text === '' || xs[index] - half < free) return;
    placed.push({x: xs[index], text});
    free = xs[index] + half;
  });
  return placed;
}
