// Figures as people read them. Null and NaN are unknown: an en dash.

export const UNKNOWN = '–';

const known = (value) => typeof value === 'number' && Number.isFinite(value);

// With three digits at most, so that a figure keeps its width while it changes.
function digits(value) {
  const size = Math.abs(value);
  if (size >= 100) return String(Math.round(value));
  return value.toFixed(size >= 10 ? 1 : 2);
}

// [figure, unit] of a value in steps of a thousand.
function scaled(value, units) {
  let index = 0;
  while (Math.abs(value) >= 999.5 && index < units.length - 1) {
    value /= 1000;
    index += 1;
  }
  return [index === 0 ? String(Math.round(value)) : digits(value), units[index]];
}

export function msParts(value) {
  if (!known(value)) return [UNKNOWN, ''];
  if (value >= 9999.5) return [digits(value / 1000), 's'];
  return [value < 10 ? value.toFixed(1) : String(Math.round(value)), 'ms'];
}

export function byteParts(value) {
  return known(value) ? scaled(value, ['B', 'kB', 'MB', 'GB', 'TB']) : [UNKNOWN, ''];
}

export function rateParts(bitsPerSecond) {
  if (!known(bitsPerSecond)) return [UNKNOWN, ''];
  return scaled(bitsPerSecond, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s']);
}

const joined = (parts) => parts.join(' ').trim();

export const ms = (value) => joined(msParts(value));
export const bytes = (value) => joined(byteParts(value));
export const rate = (value) => joined(rateParts(value));

export function count(value) {
  return known(value) ? Math.round(value).toLocaleString('en') : UNKNOWN;
}

export function perSecond(value) {
  if (!known(value)) return UNKNOWN;
  return value >= 100 ? count(value) : value.toFixed(1);
}

export function percent(share) {
  if (!known(share)) return UNKNOWN;
  const value = 100 * share;
  return `${Math.abs(value) < 9.95 ? value.toFixed(1) : Math.round(value)} %`;
}

export function duration(seconds) {
  if (!known(seconds)) return UNKNOWN;
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

export function macs(value) {
  if (!known(value)) return UNKNOWN;
  return value === 0 ? '0' : joined(scaled(value, ['', 'k', 'M', 'G', 'T']));
}

// A figure on an axis: no zeros that say nothing.
export const tick = (format) => (value) =>
  (value === 0 ? '0' : format(value).replace(/(\.\d*?)0+(?= |$)/, '$1').replace(/\.(?= |$)/, ''));

// A reason as a sentence. A layer's name that it begins with stays as it is.
export function sentence(text) {
  if (!text) return '';
  const first = /^[a-z]+[ ,:]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}

// The local time of day of an ISO time.
export function clock(iso) {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return UNKNOWN;
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => String(part).padStart(2, '0')).join(':');
}

const CUTS = {edge: 'All on the edge', input: 'All in the cloud'};

// A cut in words; most are named by a layer.
export const cutName = (name) => CUTS[name] ?? name ?? UNKNOWN;
export const isLayer = (name) => !(name in CUTS);

// One more than one: `plural(2, 'layer')` is "2 layers".
export const plural = (n, word) => `${count(n)} ${word}${n === 1 ? '' : 's'}`;
