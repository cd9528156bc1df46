// Light, dark, or as the system says; kept in this browser.

import {byId, setText} from './dom.js';

const KEY = 'tideline-theme';
const THEMES = ['auto', 'light', 'dark'];

const listeners = new Set();
const probe = document.createElement('span');

// Calls `listener` whenever colours change.
export const onTheme = (listener) => listeners.add(listener);

// The colour of a custom property of style.css, as a canvas takes it.
export function colour(name) {
  if (!probe.isConnected) {
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

function apply(theme) {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  setText(byId('theme'), `Theme: ${theme}`);
  listeners.forEach((listener) => listener());
}

export function startTheme() {
  let theme = localStorage.getItem(KEY);
  if (!THEMES.includes(theme)) theme = 'auto';
  apply(theme);
  byId('theme').addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    localStorage.setItem(KEY, theme);
    apply(theme);
  });
  matchMedia('(prefers-color-scheme: dark)')
    .addEventListener('change', () => listeners.forEach((listener) => listener()));
}
