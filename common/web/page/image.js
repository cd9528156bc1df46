// The last image with its answer. A picture is fetched at most once a second, and not at all while
// the switch is off, nobody looks, or the daemon keeps none. It is shown together with the answer
// that belongs to it, which may come a little later.

import {request} from './api.js';
import {byId, setAttribute, setText, show} from './dom.js';
import {percent} from './format.js';

const PERIOD_MS = 1000;
const SMALL = 128;  // px; below that pixels are drawn as squares

export class LastImage {
  constructor() {
    this.image = byId('image');
    this.none = byId('image-none');
    this.fetchedAt = -Infinity;
    this.busy = false;
    this.shown = null;    // {seq, url} of the picture that is shown
    this.waiting = null;  // likewise, until its answer is known
    byId('image-on').addEventListener('change', () => this.onSwitch());
  }

  get on() {
    return byId('image-on').checked;
  }

  onSwitch() {
    this.fetchedAt = -Infinity;
    if (!this.on) this.clear('The picture is not shown.');
  }

  // `last` is status.last_image, `requests` status.requests: an input may be no picture, or the
  // daemon may keep none.
  update(last, requests) {
    if (!this.on || !last) {
      this.showAnswer(requests.at(-1));
      if (this.on) this.clear(requests.length ? 'The daemon keeps no picture of it.' : 'No request yet.');
      return;
    }
    if (this.waiting) this.swap(requests);
    const due = performance.now() - this.fetchedAt >= PERIOD_MS;
    if (due && !this.busy && last.seq !== this.shown?.seq && !document.hidden) this.load();
  }

  showAnswer(answer) {
    show('image-label', answer?.label ?? '–');
    show('image-score', (answer?.score ?? null) === null ? '' : percent(answer.score));
  }

  async load() {
    this.busy = true;
    this.fetchedAt = performance.now();
    try {
      const response = await request('last-image');
      if (!response.ok) return;
      const blob = await response.blob();
      if (!this.on) return;
      this.forget(this.waiting);
      this.waiting = {
        seq: Number(response.headers.get('Tideline-Request')),
        url: URL.createObjectURL(blob),
      };
    } catch {
      // The stream says that the daemon is away.
    } finally {
      this.busy = false;
    }
  }

  // Shows the picture that waits, if its answer is among `requests`.
  async swap(requests) {
    const next = this.waiting;
    const answer = requests.find(({seq}) => seq === next.seq);
    if (!answer) return;
    this.waiting = null;
    const before = this.shown;
    this.shown = next;
    this.image.src = next.url;
    await this.image.decode().catch(() => {});
    this.forget(before);
    if (this.shown !== next) return;
    this.image.dataset.seq = next.seq;
    this.image.classList.toggle('small', this.image.naturalWidth < SMALL);
    setAttribute(this.image, 'alt', `Input that was answered with ${answer.label ?? 'no label'}`);
    this.showAnswer(answer);
    this.image.hidden = false;
    this.none.hidden = true;
  }

  forget(picture) {
    if (picture) URL.revokeObjectURL(picture.url);
  }

  clear(text) {
    this.image.hidden = true;
    this.image.removeAttribute('src');
    this.forget(this.shown);
    this.forget(this.waiting);
    this.shown = null;
    this.waiting = null;
    this.none.hidden = false;
    setText(this.none, text);
  }
}
