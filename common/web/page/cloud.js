// The panels of a cloud worker.

import {Chart} from './charts.js';
import {byId, make, setText, show, showParts, showRows} from './dom.js';
import {byteParts, bytes, count, cutName, duration, ms, msParts, percent, perSecond, plural, rate}
  from './format.js';
import {History, now} from './history.js';

const QUIET_S = 10;  // an edge that was silent for longer is marked

const number = (text) => ({text, className: 'number'});

export class CloudView {
  constructor() {
    byId('cloud').hidden = false;
    this.history = new History(
      ['busy', 'p50', 'p95', 'p99', 'queued', 'wait', 'up', 'down']);
    const chart = (id, options) => new Chart(byId(id), this.history, options);
    this.charts = [
      chart('busy-chart', {about: 'Share of time that the worker computes', format: percent, least: 1, top: 1,
        figures: [{name: 'busy', label: 'Busy', colour: 'stage-tail', kind: 'line'}]}),
      chart('tail-chart', {about: 'Time of a tail', format: ms, least: 2, empty: 'No request yet.',
        figures: [
          {name: 'p50', label: 'Median', colour: 'stage-tail', kind: 'line'},
          {name: 'p95', label: '95 %', colour: 'stage-head', kind: 'line'},
          {name: 'p99', label: '99 %', colour: 'stage-encode', kind: 'line'}]}),
      chart('queue-chart', {about: 'Expected wait in the queue', format: ms, least: 2,
        figures: [{name: 'wait', label: 'Expected wait', colour: 'stage-queue', kind: 'line'}]}),
      chart('traffic-chart', {about: 'Traffic with the edges', format: rate, least: 1e4,
        figures: [
          {name: 'up', label: 'Received', colour: 'stage-link', kind: 'line'},
          {name: 'down', label: 'Sent', colour: 'stage-decode', kind: 'line'}]}),
    ];
  }

  onConnected() {
    this.bytesBefore = null;
  }

  update(status) {
    this.showFigures(status);
    this.charts.forEach((chart) => chart.update());
    this.showEdges(status.edges ?? [], status.http ?? {});
    this.showModels(status.models ?? []);
    this.showRefusals(status.refusals ?? {});
  }

  showFigures({edges = [], queue = {}, worker = {}, refusals = {}, link_bytes: link = {}}) {
    const seen = edges.filter(({last_seen_s: silent}) => silent !== null && silent < QUIET_S).length;
    showParts('c-edges', [count(seen), '']);
    show('c-edges-note', `${plural(edges.length, 'edge')} since the start`);
    showParts('c-busy', [percent(worker.busy), '']);
    show('c-served', `${plural(worker.served ?? 0, 'request')} served`);
    const tail = worker.tail_ms ?? {};
    showParts('c-tail', msParts(tail.p50));
    show('c-tail-note', `95 % in ${ms(tail.p95)}, 99 % in ${ms(tail.p99)}`);
    showParts('c-queue', [count(queue.requests), '']);
    show('c-queue-note', `${bytes(queue.bytes)} waiting, ${ms(queue.expected_wait_ms)} expected`);
    showParts('c-refused', [count(refusals.total), '']);
    show('c-refused-note', refusals.total ? 'By reason below' : 'None since the start');
    showParts('c-up', byteParts(link.up));
    show('c-down', `${bytes(link.down)} sent back`);
  }

  // For the charts, also while nobody looks.
  record({queue = {}, worker = {}, link_bytes: link = {}}) {
    const at = now();
    const before = this.bytesBefore;
    const speed = (name) => (before && link[name] >= before[name]
      ? (8 * (link[name] - before[name])) / (at - before.at) : null);
    const tail = worker.tail_ms ?? {};
    this.history.add({busy: worker.busy, p50: tail.p50, p95: tail.p95, p99: tail.p99,
      wait: queue.expected_wait_ms, up: speed('up'), down: speed('down')}, at);
    this.bytesBefore = {...link, at};
  }

  // All that comes over HTTP is a row of its own, once there is any.
  showEdges(edges, http) {
    const asked = http.requests > 0 || http.open > 0;
    byId('edges-none').hidden = edges.length > 0 || asked;
    const rows = edges.map((edge) => [
      {text: edge.id, className: 'name'}, {text: edge.user ?? '–', className: 'name'},
      (edge.models ?? []).join(', '), cutName(edge.cut), number(count(edge.requests)),
      number(`${perSecond(edge.per_s)} /s`), number(bytes(edge.bytes_up)), number(count(edge.open)),
      {text: `${duration(edge.last_seen_s)} ago`, className: edge.last_seen_s < QUIET_S ? 'number' : 'number quiet'},
    ]);
    if (asked) {
      rows.push([{text: 'over HTTP', className: 'name'}, '–', '–', cutName('input'), number(count(http.requests)),
        number(`${perSecond(http.per_s)} /s`), number(bytes(http.bytes_up)), number(count(http.open)), number('–')]);
    }
    showRows(byId('edge-rows'), rows);
  }

  showModels(models) {
    byId('models-none').hidden = models.length > 0;
    showRows(byId('model-rows'), models.map((model) => [
      {text: model.name, className: 'name'}, String(model.version),
      model.ready === false ? {text: `${model.engine}, failing`, className: 'quiet'} : model.engine,
      number(count(model.requests)), number(ms(model.tail_ms)),
    ]));
  }

  showRefusals({by_reason: reasons = {}}) {
    const entries = Object.entries(reasons).filter(([, times]) => times > 0).sort((a, b) => b[1] - a[1]);
    byId('refusals-none').hidden = entries.length > 0;
    const list = byId('refusals');
    const most = entries[0]?.[1] ?? 1;
    while (list.children.length > entries.length) list.lastElementChild.remove();
    entries.forEach(([reason, times], index) => {
      const item = list.children[index] ?? list.appendChild(make('li', {}, make('span'), make('b'),
        make('span', {class: 'track', 'aria-hidden': 'true'}, make('i'))));
      setText(item.children[0], reason);
      setText(item.children[1], count(times));
      item.children[2].firstElementChild.style.width = `${(100 * times) / most}%`;
    });
  }
}
