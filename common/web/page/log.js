// What was decided and what went wrong, newest first, in plain words.

import {byId, make, showNewest} from './dom.js';
import {clock, cutName, ms, rate, sentence} from './format.js';

export function showDecisions(decisions) {
  byId('decisions-none').hidden = decisions.length > 0;
  showNewest(byId('decisions'), decisions, ({at, cut, reason}) => `${at} ${cut} ${reason}`, decision);
}

export function showErrors(errors) {
  byId('errors-none').hidden = errors.length > 0;
  showNewest(byId('errors'), errors, ({at, text}) => `${at} ${text}`,
    ({at, text}) => make('li', {}, make('time', {datetime: at}, clock(at)), make('span', {}, sentence(text))));
}

function decision({at, cut, codec, reason, expected_ms: expected, uplink_bps: uplink, rtt_ms: rtt}) {
  const facts = [
    expected === null || expected === undefined ? '' : `${ms(expected)} expected`,
    uplink === null || uplink === undefined ? '' : `uplink ${rate(uplink)}`,
    rtt === null || rtt === undefined ? '' : `round trip ${ms(rtt)}`,
  ].filter(Boolean);
  const what = cut === 'edge' || !codec ? cutName(cut) : `${cutName(cut)} · ${codec}`;
  return make('li', {}, make('time', {datetime: at}, clock(at)), make('div', {},
    make('span', {class: 'what-changed'}, what),
    make('span', {class: 'why'}, sentence(reason)),
    make('span', {class: 'with'}, facts.join(' · '))));
}
