// The status page: follows the daemon's events and shows them in the panels of its role.

import {setToken, token} from './api.js';
import {CloudView} from './cloud.js';
import {byId, setAttribute, setText, show} from './dom.js';
import {EdgeView} from './edge.js';
import {clock, duration, sentence} from './format.js';
import {now} from './history.js';
import {follow} from './stream.js';
import {startTheme} from './theme.js';

const VIEWS = {edge: EdgeView, cloud: CloudView};
const OLD_S = 3;  // from here on the page says how old it is

let view = null;
let role = null;
let last = null;     // {status, at}: the newest one and when it came
let state = 'lost';

function onStatus(status) {
  if (!(status.role in VIEWS)) return;
  if (role !== status.role) {
    if (role !== null) location.reload();  // another daemon took the address
    role = status.role;
    byId('waiting').hidden = true;
    view = new VIEWS[role]();
  }
  last = {status, at: now()};
  showHead(status);
  showAge();
  view.record(status);
  if (!document.hidden) view.update(status);
}

function onState(next) {
  if (next === state) return;
  state = next;
  if (state === 'live') view?.onConnected();
  byId('sign-in').hidden = state !== 'denied';
  showAge();
}

function showHead({id, version, uptime_s: uptime, health = {}, model}) {
  show('who', id);
  const names = {edge: 'Edge', cloud: 'Cloud worker'};
  const fallback = model?.fallback ? `, fallback ${model.fallback}` : '';
  show('what', model ? `${names[role]} · ${model.name} v${model.version} · ${model.engine} ${model.precision ?? ''}${fallback}`
    : names[role]);
  show('foot', `Tideline ${version}, running for ${duration(uptime)}`);
  const [level, word] = !health.live || !health.ready ? ['bad', 'Not ready']
    : health.degraded ? ['warn', 'Degraded'] : ['good', 'Ready'];
  show('health', word);
  setAttribute(byId('health'), 'data-level', level);
  showBanner(health, level);
  const title = `${id}: ${word.toLowerCase()} · Tideline`;
  if (document.title !== title) document.title = title;
}

// What is wrong, while the daemon itself can say so.
function showBanner({reasons = []}, level) {
  if (level === 'good' || reasons.length === 0) hideBanner();
  else banner(reasons.map(sentence).join(' '), level);
}

function banner(text, level) {
  const element = byId('banner');
  setText(element, text);
  setAttribute(element, 'data-level', level);
  element.hidden = false;
}

function hideBanner() {
  byId('banner').hidden = true;
}

function showAge() {
  const age = last ? now() - last.at : Infinity;
  const fresh = state === 'live' && age < OLD_S;
  setAttribute(byId('live'), 'data-live', fresh ? 'yes' : 'no');
  show('age', fresh ? 'Live' : last ? `${duration(age)} old` : 'Not connected');
  setAttribute(document.body, 'data-stale', fresh || !last ? null : '');
  if (fresh || state === 'denied') return;
  if (!last) {
    show('waiting', 'No answer from the daemon yet. Trying again…');
    return;
  }
  const since = clock(new Date(Date.now() - 1000 * age).toISOString());
  banner(`Connection lost. This is how things were at ${since}; trying again…`, 'bad');
  show('health', 'Unknown');
  setAttribute(byId('health'), 'data-level', 'none');
  document.title = `${last.status.id}: connection lost · Tideline`;
}

function startSignIn(again) {
  byId('sign-in-token').value = token();
  byId('sign-in').addEventListener('submit', (event) => {
    event.preventDefault();
    setToken(byId('sign-in-token').value);
    byId('token').value = token();
    again();
  });
}

startTheme();
startSignIn(follow(onStatus, onState));
setInterval(showAge, 1000);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && last && view) view.update(last.status);
});
