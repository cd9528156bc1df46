// The panels of an edge.

import {getJson} from './api.js';
import {Chart} from './charts.js';
import {Controls} from './controls.js';
import {byId, setText, show, showParts} from './dom.js';
import {byteParts, bytes, count, cutName, duration, isLayer, ms, msParts, percent, perSecond, plural, rate,
  sentence}
  from './format.js';
import {NetworkGraph} from './graph.js';
import {History} from './history.js';
import {LastImage} from './image.js';
import {showDecisions, showErrors} from './log.js';
import {Requests} from './requests.js';
import {meanStages, STAGES} from './stages.js';

const MODES = {
  auto: 'Chosen for every request',
  fixed: 'Fixed by the partition file',
  pinned: 'Pinned by hand',
};
const LINKS = {
  none: 'No cloud is configured: all is answered here.',
  connecting: 'Connecting to',
  ready: 'Connected to',
  refused: 'Refused by',
  away: 'Away:',
};

export class EdgeView {
  constructor() {
    byId('edge').hidden = false;
    this.controls = new Controls();
    this.network = new NetworkGraph((cut) => this.controls.chooseCut(cut));
    this.requests = new Requests();
    this.image = new LastImage();
    this.startCharts();
  }

  startCharts() {
    const quantiles = (name) => [`${name}_low`, name, `${name}_high`];
    this.history = new History([...STAGES.map(({name}) => name), ...quantiles('uplink'), ...quantiles('rtt')]);
    this.latency = new Chart(byId('latency-chart'), this.history, {
      about: 'Latency by stage', format: ms, least: 10, empty: 'No request yet.',
      figures: STAGES.map((stage) => ({...stage, kind: 'stack'})),
      line: () => this.deadline ?? null,
    });
    const band = (name, label, colour) => [
      {name: `${name}_low`, label: '5 %', colour, kind: 'low'},
      {name, label, colour, kind: 'line'},
      {name: `${name}_high`, label: '95 %', colour, kind: 'high'},
    ];
    this.uplink = new Chart(byId('uplink-chart'), this.history, {
      title: 'Uplink, with its uncertainty', format: rate, least: 1e5,
      figures: band('uplink', 'Median', 'stage-link'),
    });
    this.rtt = new Chart(byId('rtt-chart'), this.history, {
      title: 'Round trip, with its uncertainty', format: ms, least: 2,
      figures: band('rtt', 'Median', 'stage-decode'),
    });
  }

  // The network of the deployment; asked for on every connection and for a new model.
  async loadGraph(model) {
    this.graphOf = model;
    try {
      const graph = await getJson('graph');
      this.network.setGraph(graph);
      this.controls.setCuts(this.network.cuts.values());
      this.shownCut = null;
    } catch {
      this.graphOf = null;  // again with the next status
    }
  }

  onConnected() {
    this.graphOf = null;
  }

  update(status) {
    const {cut, link, model} = status;
    const key = `${model?.name} ${model?.version}`;
    if (this.graphOf !== key) this.loadGraph(key);
    this.deadline = status.targets?.deadline_ms;
    this.showCut(cut);
    this.network.update(cut);
    this.showFigures(status);
    this.showLink(link, status.clouds ?? []);
    [this.latency, this.uplink, this.rtt].forEach((chart) => chart.update());
    this.requests.update(status);
    this.image.update(status.last_image, status.requests ?? []);
    showDecisions(status.decisions ?? []);
    showErrors(status.errors?.last ?? []);
    this.showLosses(status.losing_work ?? {});
    this.controls.update(status);
  }

  // For the charts, also while nobody looks.
  record({requests = [], time, link}) {
    const row = meanStages(requests, time);
    for (const [name, figure] of [['uplink', link?.uplink_bps], ['rtt', link?.rtt_ms]]) {
      row[`${name}_low`] = figure?.low;
      row[name] = figure?.median;
      row[`${name}_high`] = figure?.high;
    }
    this.history.add(row);
  }

  showCut(cut) {
    show('cut-now', cutName(cut.now));
    byId('cut-now').classList.toggle('name', isLayer(cut.now));
    show('cut-codec', cut.now === 'edge' ? '' : cut.codec ?? '');
    show('cut-mode', `${MODES[cut.mode] ?? cut.mode}, for ${duration(cut.since_s)}`);
    show('cut-reason', sentence(cut.reason));
    const before = (cut.before ?? []).map(cutName);
    show('cut-before', before.length ? `Before: ${before.reverse().join(', ')}` : 'It has not moved yet.');
    if (this.announced && this.announced !== cut.now) {
      setText(byId('announce'), `The cut moved to ${cutName(cut.now)}.`);
    }
    this.announced = cut.now;
  }

  showFigures({latency_ms: latency = {}, throughput_per_s: throughput, in_flight: open, paths = {},
    bytes: sent = {}, energy = {}, errors = {}, targets = {}, source = {}}) {
    showParts('p50', msParts(latency.p50));
    const deadline = targets.deadline_ms ? `deadline ${ms(targets.deadline_ms)}` : 'no deadline';
    show('percentiles', `95 % in ${ms(latency.p95)}, 99 % in ${ms(latency.p99)}, ${deadline}`);
    showParts('per-second', [perSecond(throughput), '/s']);
    const all = Object.values(paths).reduce((sum, number) => sum + (number ?? 0), 0);
    const dropped = source.dropped ? `, ${plural(source.dropped, 'frame')} dropped for newer ones` : '';
    show('open', `${plural(all, 'request')} since the start, ${count(open)} open${dropped}`);
    this.showSaved('saved-raw', sent.up, sent.raw, 'raw');
    this.showSaved('saved-jpeg', sent.up, sent.jpeg, 'as JPEG or PNG');
    const joules = energy.joules ?? null;
    showParts('energy', joules === null ? ['–', ''] : [joules < 10 ? joules.toFixed(2) : count(joules), 'J']);
    show('energy-note', joules === null ? 'No meter, and no watts declared' : `Source: ${energy.source}`);
    showParts('error-total', [count(errors.total ?? 0), '']);
    show('error-note', errors.total ? 'See the list below' : 'None since the start');
  }

  // What was sent as a share of what would have been; less than all of it is what was saved.
  showSaved(id, up, other, name) {
    if (!other) {
      showParts(id, ['–', '']);
      show(`${id}-note`, name === 'raw' ? 'No request yet' : 'No image files came');
      return;
    }
    showParts(id, [percent(up / other), '']);
    const saved = other - up;
    show(`${id}-note`, saved >= 0
      ? `${bytes(saved)} saved of ${bytes(other)} ${name}` : `${bytes(-saved)} more than ${name}`);
  }

  showLink(link, clouds) {
    const state = link?.state ?? 'none';
    const reason = link?.reason ? ` (${link.reason})` : '';
    const empty = state === 'none' ? 'No cloud.' : 'Nothing was sent yet.';
    this.uplink.setEmpty(empty);
    this.rtt.setEmpty(empty);
    show('link-state', state === 'none' ? LINKS.none
      : `${LINKS[state] ?? state} ${link.cloud ?? ''}${reason}${clouds.map(doubts).join('')}`);
  }

  showLosses({late_answers: late, finishes, seconds, bytes_up: up}) {
    show('late', count(late));
    show('finishes', count(finishes));
    show('lost-cpu', seconds === null || seconds === undefined ? '–' : `${seconds.toFixed(1)} s`);
    show('lost-bytes', byteParts(up).join(' ').trim());
  }
}

// What canaries say against a cloud.
function doubts({address, canaries, canaries_wrong: wrong, barred}) {
  if (barred) return `; ${address} gave wrong answers and is asked for canaries alone`;
  return wrong > 0 ? `; ${count(wrong)} of ${count(canaries)} canaries to ${address} were wrong` : '';
}
