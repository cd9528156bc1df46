// The last image with its answer. The picture is fetched at most once a second, and not at all
// while it is hidden, the switch is off, or the daemon keeps none.

import {request} from './api.js';
import {byId, setAttribute, setText, show} from './dom.js';
import {percent} from './format.js';

const PERIOD_MS = 1000;
const SMALL = 128;  // px; below that pixels are drawn as squares

export class LastImage {
  constructor() {
    this.image = byId('image');
    this.none = byId('image-none');
    this.shown = null;   // the number of the request that the picture belongs to
    this.fetchedAt = -Infinity;
    this.busy = false;
    byId('image-on').addEventListener('change', () => this.onSwitch());
  }

  get on() {
    return byId('image-on').checked;
  }

  onSwitch() {
    this.shown = null;
    this.fetchedAt = -Infinity;
    if (this.on) this.update(this.last, this.request);
    else this.clear('The picture is not shown.');
  }

  // `last` is status.last_image, `request` the latest one: an input may be no picture, or the daemon
  // may keep none.
  update(last, request) {
    this.last = last;
    this.request = request;
    const answer = last ?? request;
    show('image-label', answer?.label ?? '–');
    show('image-score', (answer?.score ?? null) === null ? '' : percent(answer.score));
    if (!last) {
      if (this.on) this.clear(request ? 'The daemon keeps no picture of it.' : 'No request yet.');
      return;
    }
    const due = performance.now() - this.fetchedAt >= PERIOD_MS;
    if (this.on && last.seq !== this.shown && due && !this.busy && !document.hidden) this.load(last);
  }

  async load(last) {
    this.busy = true;
    this.fetchedAt = performance.now();
    try {
      const response = await request('last-image');
      if (response.ok) await this.showBlob(await response.blob(), last);
      else if (response.status === 404) this.clear('The daemon keeps no picture of it.');
    } catch {
      // The stream says that the daemon is away.
    } finally {
      this.busy = false;
    }
  }

  async showBlob(blob, {seq, label}) {
    const url = URL.createObjectURL(blob);
    const before = this.url;
    this.image.src = url;
    this.url = url;
    await this.image.decode().catch(() => {});
    if (before) URL.revokeObjectURL(before);
    if (!this.on) return;
    this.shown = seq;
    this.image.classList.toggle('small', this.image.naturalWidth < SMALL);
    setAttribute(this.image, 'alt', label ? `Input that was answered with ${label}` : 'The last input');
    this.image.hidden = false;
    this.none.hidden = true;
  }

  clear(text) {
    this.image.hidden = true;
    this.image.removeAttribute('src');
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = null;
    this.shown = null;
    this.none.hidden = false;
    setText(this.none, text);
  }
}
