// The daemon's server-sent events. They are read with fetch, since an EventSource can send no
// token, gives up for good on a status like 503, and does not notice a peer that fell silent.

import {request} from './api.js';

const SILENCE_MS = 4000;  // four times the slower daemon's period
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 5000;
const MAX_EVENT = 4 << 20;  // characters; what is longer is no status of ours

// Calls `onStatus(status)` for each event and `onState('live' | 'lost' | 'denied')` on a change,
// for as long as the page is open. Returns a function that tries again at once.
export function follow(onStatus, onState) {
  let retry = FIRST_RETRY_MS;
  let wake = () => {};

  async function once() {
    const abort = new AbortController();
    let watchdog = setTimeout(() => abort.abort(), SILENCE_MS);
    try {
      const response = await request('events', {signal: abort.signal});
      if (response.status === 401 || response.status === 403) return 'denied';
      if (!response.ok) return 'lost';
      await readEvents(response.body, (status) => {
        clearTimeout(watchdog);
        watchdog = setTimeout(() => abort.abort(), SILENCE_MS);
        retry = FIRST_RETRY_MS;
        onState('live');
        onStatus(status);
      });
    } catch {
      // The daemon is away, or silent: both are "lost".
    } finally {
      clearTimeout(watchdog);
    }
    return 'lost';
  }

  async function forever() {
    for (;;) {
      onState(await once());
      await new Promise((resolve) => {
        wake = resolve;
        setTimeout(resolve, retry);
      });
      retry = Math.min(2 * retry, LONGEST_RETRY_MS);
    }
  }

  forever();
  return () => {
    retry = FIRST_RETRY_MS;
    wake();
  };
}

// Calls `onStatus` for each event named `status` until the body ends.
async function readEvents(body, onStatus) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const {done, value} = await reader.read();
    if (done) return;
    const blocks = (rest + value).replaceAll('\r\n', '\n').split('\n\n');
    rest = blocks.pop();
    if (rest.length > MAX_EVENT) throw new Error('an event without end');
    for (const block of blocks) {
      const status = parseEvent(block);
      if (status) onStatus(status);
    }
  }
}

function parseEvent(block) {
  let name = 'message';
  const data = [];
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') name = value;
    if (field === 'data') data.push(value);
  }
  return name === 'status' ? JSON.parse(data.join('\n')) : null;
}
