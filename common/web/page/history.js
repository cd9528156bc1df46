// The last two minutes of some figures, for the charts. Bounded: at 2 Hz that is 240 rows.

const WINDOW_S = 120;
const SPANS = [30, 60, WINDOW_S];  // a chart shows the shortest that holds all there is
const GAP_S = 3;  // longer than between two events: nothing is known in between

// Time is this page's own steady clock, in seconds, so that a clock that is set moves nothing.
export const now = () => performance.now() / 1000;

export class History {
  // `names` are the figures of a row.
  constructor(names) {
    this.names = names;
    this.columns = [[], ...names.map(() => [])];
  }

  // Adds a row; what `values` lacks is null.
  add(values, at = now()) {
    const times = this.columns[0];
    if (times.length && at - times[times.length - 1] > GAP_S) this.push(at - 0.001, {});
    this.push(at, values);
    let old = 0;
    while (times[old] < at - WINDOW_S - GAP_S) old += 1;
    if (old > 0) this.columns.forEach((column) => column.splice(0, old));
  }

  push(at, values) {
    this.columns[0].push(at);
    this.names.forEach((name, index) => this.columns[index + 1].push(values[name] ?? null));
  }

  // How many seconds back the charts go.
  span() {
    const age = now() - (this.columns[0][0] ?? now());
    return SPANS.find((span) => span >= age) ?? WINDOW_S;
  }

  column(name) {
    return this.columns[this.names.indexOf(name) + 1];
  }
}
