// The checks of the status page, each one a function that browse.mjs calls by its name. They wait
// for what must come and never for a time.

import assert from 'node:assert/strict';

import {distances, contrast} from './colours.mjs';

const SIZES = [{width: 1440, height: 900}, {width: 360, height: 780}];
const SCHEMES = ['light', 'dark'];

const text = (page, id) => page.locator(`#${id}`).innerText();

const PATIENCE_MS = 60000;
const LOOK_MS = 50;

// Waits until the element's text passes `test`.
async function until(page, id, test) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const now = await page.evaluate((element) => document.getElementById(element)?.innerText ?? '', id);
    if (test(now)) return;
    assert.ok(Date.now() < end, `#${id} says "${now}" and not what was waited for: ${test}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

const live = (page) => until(page, 'age', (age) => age === 'Live');

const untilChanged = async (page, id) => {
  const before = await text(page, id);
  await until(page, id, (now) => now !== before);
};

async function statusOf({url}) {
  return (await fetch(`${url}/api/v1/status`)).json();
}

// Waits for a request that was sent to the cloud, from that number on.
async function newest(check, seq) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
    const found = (await statusOf(check)).requests.find((request) => request.seq >= seq && request.path === 'split');
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Error(`no request ${seq} came`);
}

// Edges show what they answer, and it changes while one looks.
export async function showsAnEdge({open, ...check}) {
  const page = await open();
  await live(page);
  assert.match(await page.title(), /^edge: ready · Tideline$/);
  assert.equal(await text(page, 'health'), 'Ready');
  await until(page, 'p50', (figure) => /\d/.test(figure));
  await until(page, 'saved-raw', (figure) => /\d.* %/.test(figure));
  await page.waitForSelector('#request-rows tr');
  await untilChanged(page, 'request-rows');
  await untilChanged(page, 'open');
  const {cut, requests} = await statusOf(check);
  assert.equal(await text(page, 'cut-now'), cut.now);
  assert.ok(requests.length > 0);
  const bars = await page.locator('#network .bar').count();
  const {nodes} = await (await fetch(`${check.url}/api/v1/graph`)).json();
  assert.equal(bars, nodes.length);
  assert.ok(await page.locator('#network .bar[data-side="edge"]').count() > 0);
  assert.ok(await page.locator('#network .bar[data-side="cloud"]').count() > 0);
  await drawn(page, 'latency-chart');
  await drawn(page, 'uplink-chart');
  await page.waitForSelector('#image:not([hidden])');
  // A picture and the answer below it belong together.
  const shown = await page.evaluate(() => ({
    seq: Number(document.getElementById('image').dataset.seq),
    label: document.getElementById('image-label').innerText,
  }));
  const answered = (await statusOf(check)).requests.find(({seq}) => seq === shown.seq);
  assert.equal(shown.label, answered.label);
}

export async function showsTheLink({open}) {
  const page = await open();
  await live(page);
  await drawn(page, 'uplink-chart');
  await drawn(page, 'rtt-chart');
  await until(page, 'uplink-chart', (legend) => /5 %\s*\d.*Median\s*\d.*95 %\s*\d/s.test(legend));
  await page.waitForSelector('#decisions li');
}

export async function showsACloud({open, ...check}) {
  const page = await open();
  await live(page);
  assert.match(await page.title(), /^cloud: ready · Tideline$/);
  await page.waitForSelector('#edge-rows tr');
  await until(page, 'c-served', (figure) => /[1-9]/.test(figure));
  await untilChanged(page, 'c-served');
  const {edges, models} = await statusOf(check);
  assert.deepEqual(await page.locator('#edge-rows tr td:first-child').allInnerTexts(), edges.map(({id}) => id));
  assert.deepEqual(await page.locator('#model-rows tr td:first-child').allInnerTexts(), models.map(({name}) => name));
  await drawn(page, 'busy-chart');
  await drawn(page, 'tail-chart');
}

// Waits until a chart has painted in its first figure's colour.
async function drawn(page, id) {
  await page.waitForFunction((chart) => {
    const swatch = document.querySelector(`#${chart} .legend i`);
    const canvas = document.querySelector(`#${chart} canvas`);
    if (!swatch || !canvas?.width) return false;
    const [r, g, b] = getComputedStyle(swatch).backgroundColor.match(/\d+/g).map(Number);
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', {willReadFrequently: true});
    copy.drawImage(canvas, 0, 0);
    const {data} = copy.getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4) {
      const off = Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b);
      if (off < 90 && data[i + 3] > 128) return true;  // the edge of a line is blended
    }
    return false;
  }, id);
}

// No network figure, no request, no cloud: the page says so, in words.
export async function saysWhatIsNotThere({open}) {
  const page = await open();
  await live(page);
  assert.equal(await text(page, 'link-state'), 'No cloud is configured: all is answered here.');
  assert.equal(await text(page, 'requests-none'), 'No request yet.');
  assert.equal(await text(page, 'cut-now'), 'All on the edge');
  assert.equal(await text(page, 'image-none'), 'No request yet.');
  assert.ok(await page.locator('#shape').isHidden());
}

// The daemon stops answering, then ends, then another one takes its place.
export async function survivesARestart({open, want}) {
  const page = await open();
  await live(page);
  await until(page, 'open', (figure) => /[1-9]/.test(figure));
  await want('pause');
  await until(page, 'banner', (banner) => banner.startsWith('Connection lost.'));
  await until(page, 'health', (word) => word === 'Unknown');
  assert.match(await text(page, 'age'), / old$/);
  await want('resume');
  await live(page);
  await page.waitForSelector('#banner', {state: 'hidden'});
  await want('kill');
  await until(page, 'banner', (banner) => banner.startsWith('Connection lost.'));
  await want('restart');
  await live(page);
  await untilChanged(page, 'request-rows');
  await until(page, 'health', (word) => word === 'Ready');
}

// What axe-core finds, at two sizes, light and dark; a picture of each is kept.
export async function isAccessible({open, axe, out, picture}) {
  for (const size of SIZES) {
    for (const colorScheme of SCHEMES) {
      const page = await open({...size, colorScheme, reducedMotion: 'reduce'});
      await live(page);
      await page.waitForSelector('#request-rows tr, #edge-rows tr');
      await page.waitForLoadState('load');
      const where = `${picture}-${size.width}-${colorScheme}`;
      await page.screenshot({path: `${out}/${where}.png`, fullPage: true});
      await page.evaluate(axe.source);
      const {violations} = await page.evaluate(() => window.axe.run(document));
      assert.deepEqual(violations.map(({id, nodes}) => `${id}: ${nodes.map(({target}) => target).join('; ')}`), [], where);
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(beyond <= 0, `${where}: ${beyond} px wider than its window`);
      await page.context().close();
    }
  }
}

// Nothing that is there moves while figures change; rows of a log make room for newer ones.
export async function staysInPlace({open}) {
  const page = await open({reducedMotion: 'reduce'});
  await live(page);
  await page.waitForSelector('#request-rows tr, #edge-rows tr');
  const places = () => page.evaluate(() => [...document.querySelectorAll('main h2')].map((heading) => {
    const {x, y} = heading.getBoundingClientRect();
    return `${heading.innerText} ${Math.round(x)} ${Math.round(y)}`;
  }));
  const before = await places();
  for (let round = 0; round < 3; ++round) {
    await page.evaluate(() => new Promise((resolve) => {
      new MutationObserver((_, observer) => {
        observer.disconnect();
        resolve();
      }).observe(document.querySelector('main'), {subtree: true, childList: true, characterData: true});
    }));
  }
  assert.deepEqual(await places(), before);
  const motion = await page.evaluate(() => {
    const mark = document.querySelector('.cut-mark');
    return mark ? getComputedStyle(mark).transitionDuration : '0s';
  });
  assert.equal(motion, '0s');
}

// Every control can be reached and seen with the keyboard, and one can pin a cut with it.
export async function worksByKeyboard({open, ...check}) {
  const page = await open();
  await live(page);
  await page.waitForSelector('#network .bar');
  const reached = new Set();
  for (let presses = 0; presses < 60 && !reached.has('token'); ++presses) {
    await page.keyboard.press('Tab');
    const {id, outline} = await page.evaluate(() => {
      const {activeElement: element} = document;
      return {id: element.id || element.className, outline: getComputedStyle(element).outlineStyle};
    });
    reached.add(id);
    if (id) assert.notEqual(outline, 'none', `${id} shows no focus`);
  }
  for (const id of ['skip', 'theme', 'network', 'image-on', 'pin-cut', 'deadline', 'drain', 'token']) {
    assert.ok(reached.has(id), `${id} was not reached; ${[...reached].join(' ')} were`);
  }
  await page.focus('#network');
  const {cuts, nodes} = await (await fetch(`${check.url}/api/v1/graph`)).json();
  const single = cuts.find(({name, after}) => !name.includes('+') && after.length > 0 && after.length < nodes.length);
  const last = nodes.findIndex(({id}) => id === Math.max(...single.after));
  for (let presses = 0; presses <= last; ++presses) await page.keyboard.press('ArrowRight');
  assert.match(await text(page, 'layer'), /can be cut after it\.$/);
  await page.keyboard.press('Enter');
  assert.equal(await page.inputValue('#pin-cut'), single.name);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await until(page, 'cut-mode', (mode) => mode.startsWith('Pinned by hand'));
  // The mode changes at once, the cut with the next request that is answered.
  await until(page, 'cut-now', (name) => name === single.name);
  assert.equal((await statusOf(check)).cut.now, single.name);
  await page.locator('#unpin').press('Enter');
  await until(page, 'cut-mode', (mode) => !mode.startsWith('Pinned'));
}

// Targets and pauses reach the daemon; draining asks first.
export async function controlsTheDaemon({open, ...check}) {
  const page = await open();
  await live(page);
  await page.fill('#deadline', '777');
  await page.click('#target button');
  await until(page, 'control-result', (result) => result === 'The target is set.');
  await until(page, 'percentiles', (figures) => figures.includes('deadline 777 ms'));
  assert.equal((await statusOf(check)).targets.deadline_ms, 777);
  await page.click('#drain');
  await page.getByRole('button', {name: 'Keep it running'}).click();
  assert.equal((await statusOf(check)).health.ready, true);
  await page.click('#drain');
  await page.getByRole('button', {name: 'Drain', exact: true}).click();
  await until(page, 'health', (word) => word === 'Not ready');
  assert.equal((await statusOf(check)).health.ready, false);
}

// Adaptation pauses and goes on.
export async function pausesAdaptation({open, ...check}) {
  const page = await open();
  await live(page);
  await page.click('#pause');
  await until(page, 'pause', (word) => word === 'Resume adaptation');
  assert.equal((await statusOf(check)).adapt.paused, true);
  await page.click('#pause');
  await until(page, 'pause', (word) => word === 'Pause adaptation');
  assert.equal((await statusOf(check)).adapt.paused, false);
}

// The slider moves the link's rate.
export async function shapesTheLink({open, ...check}) {
  const page = await open();
  await live(page);
  await page.waitForSelector('#shape:not([hidden])');
  await page.getByRole('button', {name: '3G'}).click();
  await until(page, 'control-result', (result) => result === 'The uplink has 1.10 Mbit/s.');
  const {shaping, requests} = await statusOf(check);
  assert.equal(shaping.uplink_bps, 1.1e6);
  // What is sent from now on takes as long as the rate says, at least.
  const later = await newest(check, requests.at(-1).seq + 3);
  const least = (8e3 * later.bytes_up) / shaping.uplink_bps;
  assert.ok(later.latency_ms.link > 0.9 * least, `${later.latency_ms.link} ms for ${later.bytes_up} B`);
  await page.focus('#shape-rate');
  await page.keyboard.press('End');
  await until(page, 'control-result', (result) => result === 'The uplink has no limit.');
  assert.equal((await statusOf(check)).shaping.uplink_bps, null);
}

// Without the token nothing but the question for it is shown.
export async function asksForTheToken({open, token}) {
  const page = await open();
  await page.waitForSelector('#sign-in:not([hidden])');
  assert.equal(await text(page, 'age'), 'Not connected');
  await page.fill('#sign-in-token', token);
  await page.keyboard.press('Enter');
  await live(page);
  assert.ok(await page.locator('#sign-in').isHidden());
  await page.fill('#deadline', '555');
  await page.click('#target button');
  await until(page, 'percentiles', (figures) => figures.includes('deadline 555 ms'));
  assert.equal(page.url().includes(token), false);
}

// Pictures are shown only where the daemon gives them and the person wants them.
export async function hidesPictures({open}) {
  const page = await open();
  await until(page, 'image-none', (words) => words === 'The daemon keeps no picture of it.');
  await until(page, 'image-label', (label) => label !== '–');
  await page.click('#image-on');
  await until(page, 'image-none', (words) => words === 'The picture is not shown.');
}

// A camera's frames are pictures too, and those that were too many are counted.
export async function showsACamera({open}) {
  const page = await open();
  await live(page);
  await page.waitForSelector('#image:not([hidden])');
  assert.equal(await page.evaluate(() => document.getElementById('image').naturalWidth), 64);
  await until(page, 'open', (words) => /[1-9][\d,]* frames? dropped for newer ones$/.test(words));
}

// A page that is open for a week holds no more than one that is open for two minutes.
export async function forgetsWhatIsOld({open}) {
  const page = await open();
  await live(page);
  const rows = await page.evaluate(async () => {
    const {History} = await import('./history.js');
    const history = new History(['one', 'two']);
    for (let second = 0; second < 100000; ++second) history.add({one: second}, second);
    return history.columns.map((column) => column.length);
  });
  assert.deepEqual(rows, [124, 124, 124]);
  const entries = await page.evaluate(async () => {
    const {showNewest, make} = await import('./dom.js');
    const list = document.createElement('ol');
    for (let first = 0; first < 1000; ++first) {
      const items = Array.from({length: 40}, (_, index) => first + index);
      showNewest(list, items, (item) => item, (item) => make('li', {}, String(item)));
    }
    return [...list.children].map((entry) => Number(entry.textContent));
  });
  assert.deepEqual(entries, Array.from({length: 40}, (_, index) => 1038 - index));
}

// Each stage is told from the ground and from every other one, with any colour vision.
export async function coloursAreToldApart({open}) {
  for (const colorScheme of SCHEMES) {
    const page = await open({colorScheme});
    await page.waitForLoadState('load');
    const colours = await page.evaluate(async () => {
      const {STAGES} = await import('./stages.js');
      const {colour} = await import('./theme.js');
      const rgb = (name) => colour(name).match(/\d+/g).map(Number);
      return {surface: rgb('surface'), stages: Object.fromEntries(STAGES.map((stage) => [stage.name, rgb(stage.colour)]))};
    });
    for (const [stage, rgb] of Object.entries(colours.stages)) {
      assert.ok(contrast(rgb, colours.surface) >= 3, `${colorScheme}: ${stage} on its ground`);
    }
    for (const {vision, pair, distance} of distances(colours.stages)) {
      assert.ok(distance >= 0.065, `${colorScheme}: ${pair.join(' and ')} with ${vision} vision: ${distance}`);
    }
  }
}

// Figures as people read them.
export async function writesFigures({open}) {
  const page = await open();
  const written = await page.evaluate(async () => {
    const format = await import('./format.js');
    return [
      format.ms(null), format.ms(0.43), format.ms(57.4), format.ms(12345),
      format.bytes(0), format.bytes(999), format.bytes(999999), format.bytes(5210),
      format.rate(1.1e6), format.rate(null), format.percent(0.031), format.percent(0.995),
      format.duration(59.9), format.duration(3700), format.duration(200000),
      format.tick(format.ms)(0), format.tick(format.ms)(2), format.tick(format.rate)(1.5e6),
      format.sentence('the link is away'), format.sentence('features.3 int8 stays'), format.sentence(''), format.cutName('edge'), format.clock('no time'),
    ];
  });
  assert.deepEqual(written, [
    '–', '0.4 ms', '57 ms', '12.3 s',
    '0 B', '999 B', '1.00 MB', '5.21 kB',
    '1.10 Mbit/s', '–', '3.1 %', '100 %',
    '59 s', '1 h 1 min', '2 d 7 h',
    '0', '2 ms', '1.5 Mbit/s',
    'The link is away.', 'features.3 int8 stays.', '', 'All on the edge', '–',
  ]);
}
