// What a person may change: the cut, adaptation, targets, draining, and the link's rate where the
// edge can shape it. What was changed shows in the figures, which come from the daemon alone.

import {control, setToken, token} from './api.js';
import {byId, make, setAttribute, setText, show} from './dom.js';
import {cutName, percent, rate} from './format.js';

// The slider goes from 100 kbit/s to 100 Mbit/s, twenty steps to a factor of ten; the last is none.
const NO_LIMIT = 61;
const PRESETS = [['3G', 1.1e6], ['LTE', 5.85e6], ['Wi-Fi', 18.88e6], ['No limit', null]];

const toRate = (step) => (step >= NO_LIMIT ? null : Math.round(1e5 * 10 ** (step / 20)));
const toStep = (bps) => (bps === null ? NO_LIMIT
  : Math.min(NO_LIMIT - 1, Math.max(0, Math.round(20 * Math.log10(bps / 1e5)))));
const rateText = (bps) => (bps === null ? 'no limit' : rate(bps));

export class Controls {
  constructor() {
    this.token = byId('token');
    this.token.value = token();
    this.token.addEventListener('input', () => setToken(this.token.value));
    byId('token-form').addEventListener('submit', (event) => event.preventDefault());
    byId('pin').addEventListener('submit', (event) => {
      event.preventDefault();
      const cut = byId('pin-cut').value;
      const codec = byId('pin-codec').value.trim() || null;
      this.send('pin', {cut, codec}, `Pinned: ${cutName(cut)}.`);
    });
    byId('unpin').addEventListener('click', () => this.send('unpin', {}, 'The cut is free again.'));
    byId('pause').addEventListener('click', () => (this.paused
      ? this.send('resume', {}, 'Adaptation goes on.')
      : this.send('pause', {}, 'Adaptation is paused.')));
    this.startTarget();
    this.startDrain();
    this.startShape();
  }

  startTarget() {
    const deadline = byId('deadline');
    const tail = byId('tail');
    this.edited = new Set();
    for (const field of [deadline, tail]) {
      field.addEventListener('input', () => this.edited.add(field));
    }
    byId('target').addEventListener('submit', async (event) => {
      event.preventDefault();
      const body = {deadline_ms: deadline.value === '' ? null : Number(deadline.value), tail: tail.value};
      if (await this.send('target', body, 'The target is set.')) this.edited.clear();
    });
  }

  startDrain() {
    const dialog = byId('drain-dialog');
    byId('drain').addEventListener('click', () => dialog.showModal());
    dialog.addEventListener('close', () => {
      if (dialog.returnValue === 'yes') this.send('drain', {}, 'Draining: open requests are answered.');
      dialog.returnValue = '';
    });
  }

  startShape() {
    const slider = byId('shape-rate');
    slider.addEventListener('input', () => {
      this.sliding = true;
      this.showRate(toRate(Number(slider.value)));
    });
    slider.addEventListener('change', () => this.shape(toRate(Number(slider.value))));
    byId('shape').addEventListener('submit', (event) => event.preventDefault());
    byId('shape-presets').append(...PRESETS.map(([name, bps]) => {
      const button = make('button', {type: 'button', class: 'quiet'}, name);
      button.addEventListener('click', () => this.shape(bps));
      return button;
    }));
  }

  async shape(bps) {
    this.sliding = true;
    byId('shape-rate').value = toStep(bps);
    this.showRate(bps);
    await this.send('shape', {uplink_bps: bps}, `The uplink has ${rateText(bps)}.`);
    this.sliding = false;
  }

  showRate(bps) {
    show('shape-text', rateText(bps));
    setAttribute(byId('shape-rate'), 'aria-valuetext', rateText(bps));
  }

  // Takes the cuts that can be pinned from the network.
  setCuts(cuts) {
    byId('pin-cut').replaceChildren(...[...cuts].sort((a, b) => a.depth - b.depth).map(({name, depth}) =>
      make('option', {value: name}, `${cutName(name)} (${percent(depth)} on the edge)`)));
    this.pinShown = null;
  }

  chooseCut(name) {
    byId('pin-cut').value = name;
    byId('pin-cut').focus();
  }

  update({adapt, targets, shaping, cut}) {
    this.paused = adapt?.paused ?? false;
    setText(byId('pause'), this.paused ? 'Resume adaptation' : 'Pause adaptation');
    byId('pause').disabled = !(adapt?.enabled ?? false);
    byId('unpin').disabled = cut.mode !== 'pinned';
    if (this.pinShown !== cut.now && document.activeElement !== byId('pin-cut')) {
      byId('pin-cut').value = cut.now;
      this.pinShown = cut.now;
    }
    this.showField(byId('deadline'), String(targets?.deadline_ms ?? ''));
    this.showField(byId('tail'), targets?.tail ?? 'deadline');
    byId('shape').hidden = !(shaping?.available ?? false);
    if (shaping?.available && !this.sliding) {
      const bps = shaping.uplink_bps ?? null;
      byId('shape-rate').value = toStep(bps);
      this.showRate(bps);
    }
  }

  // What a person is typing is left alone.
  showField(field, value) {
    if (!this.edited.has(field) && document.activeElement !== field && field.value !== value) field.value = value;
  }

  // Whether the daemon did it; says so below the controls.
  async send(name, body, done) {
    const result = byId('control-result');
    try {
      await control(name, body);
      setText(result, done);
      result.dataset.level = 'good';
      return true;
    } catch (error) {
      setText(result, `Refused: ${error.message}`);
      result.dataset.level = 'bad';
      return false;
    }
  }
}
