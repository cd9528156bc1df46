// How far apart colours are: WCAG's contrast, and distance in Oklab as people with and without
// a colour vision deficiency see them (the matrices of Machado, Oliveira and Fernandes, 2009).

const VISIONS = {
  full: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopic: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopic: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopic: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
const TO_CONES = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]];
const TO_LAB = [[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766]];

const times = (matrix, vector) => matrix.map((row) => row.reduce((sum, value, index) => sum + value * vector[index], 0));

const linear = (rgb) => rgb.map((part) => {
  const share = part / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
});

const oklab = (light) => times(TO_LAB, times(TO_CONES, light.map((part) => Math.min(Math.max(part, 0), 1))).map(Math.cbrt));

const luminance = (rgb) => linear(rgb).reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);

export function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((one, other) => one - other);
  return (high + 0.05) / (low + 0.05);
}

// [{vision, pair, distance}] of all pairs of {name: [r, g, b]}.
export function distances(colours) {
  const found = [];
  for (const [vision, matrix] of Object.entries(VISIONS)) {
    const seen = Object.entries(colours).map(([name, rgb]) => [name, oklab(times(matrix, linear(rgb)))]);
    seen.forEach(([one, a], index) => seen.slice(index + 1).forEach(([other, b]) =>
      found.push({vision, pair: [one, other], distance: Math.hypot(...a.map((value, axis) => value - b[axis]))})));
  }
  return found;
}
