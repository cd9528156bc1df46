// Runs one check of checks.mjs on a status page in Chromium, and says on stderr what is wrong.
//
//   node browse.mjs MODULES CHECK '{"url": …, "out": …, …}'
//
// MODULES is where playwright-core and axe-core are. While it runs, a check may ask the test that
// started it for something: it prints `want WORD` and waits for a line. Exit status 1 where the
// check failed, where the page logged an error or a warning, or where it asked another server.

import {createRequire} from 'node:module';
import readline from 'node:readline';
import {pathToFileURL} from 'node:url';

import * as checks from './checks.mjs';

const [modules, name, json] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${modules}/`));
const {chromium} = require('playwright-core');

const PATIENCE_MS = 60000;  // ends a check that hangs; nothing is measured by it

const options = JSON.parse(json);
const complaints = [];
const lines = readline.createInterface({input: process.stdin})[Symbol.asyncIterator]();

// What the page may not do on any check; `options.expected` is a pattern of complaints to ignore,
// such as that a daemon which was stopped cannot be reached.
function watch(page) {
  const complain = (text) => {
    if (!options.expected || !new RegExp(options.expected).test(text)) complaints.push(text);
  };
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complain(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complain(`exception: ${error.stack}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith('blob:') && new URL(url).origin !== new URL(options.url).origin) {
      complain(`asked another server: ${url}`);
    }
  });
}

// A page of its own in a window of that size.
async function open(browser, {width = 1440, height = 900, ...context} = {}) {
  const page = await (await browser.newContext({viewport: {width, height}, ...context})).newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  watch(page);
  await page.goto(options.url);
  return page;
}

async function want(word) {
  console.log(`want ${word}`);
  return (await lines.next()).value;
}

const browser = await chromium.launch({
  executablePath: options.browser,
  // The new headless mode is the browser that people have; as root it has no sandbox.
  args: ['--headless=new', ...(process.getuid() === 0 ? ['--no-sandbox'] : [])],
});
try {
  await checks[name]({
    ...options,
    open: (context) => open(browser, context),
    axe: require('axe-core'),
    want,
  });
} catch (error) {
  complaints.push(error.stack);
} finally {
  await browser.close();
}
complaints.forEach((complaint) => console.error(complaint));
process.exit(complaints.length > 0 ? 1 : 0);
