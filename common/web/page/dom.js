// The few things that all views do with elements. They touch the document only where something
// changed, so that a steady page costs nothing and a selection stays.

export const byId = (id) => document.getElementById(id);

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export const show = (id, text) => setText(byId(id), text);

// A large figure with its unit in small.
export function showParts(id, [figure, unit]) {
  const key = `${figure} ${unit}`;
  const element = byId(id);
  if (element.dataset.key === key) return;
  element.dataset.key = key;
  element.replaceChildren(figure);
  if (unit) element.append(make('small', {}, unit));
}

export function setAttribute(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function makeSvg(tag, attributes = {}, text = '') {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.textContent = text;
  return element;
}

// Makes `list`'s children those of `items`, newest first. Each item keeps its element as long as
// its key is there; `build` makes one. Items are never changed, only added and dropped.
export function showNewest(list, items, keyOf, build) {
  const wanted = new Set(items.map((item) => String(keyOf(item))));
  for (const child of [...list.children]) {
    if (!wanted.has(child.dataset.key)) child.remove();
  }
  const there = new Set([...list.children].map((child) => child.dataset.key));
  for (const item of items) {
    const key = String(keyOf(item));
    if (there.has(key)) continue;
    const element = build(item);
    element.dataset.key = key;
    list.prepend(element);
    there.add(key);
  }
}

// Rows of cells for a table that is small and changes as a whole. A cell is its text, or
// {text, className}.
export function showRows(body, rows) {
  while (body.rows.length > rows.length) body.lastElementChild.remove();
  rows.forEach((cells, index) => {
    const row = body.rows[index] ?? body.insertRow();
    cells.forEach((cell, column) => {
      const {text, className = ''} = typeof cell === 'object' ? cell : {text: cell};
      const element = row.cells[column] ?? row.insertCell();
      setText(element, text);
      if (element.className !== className) element.className = className;
    });
  });
}
