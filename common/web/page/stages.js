// The stages of a request, in their order, with the colour that each has everywhere: the edge's own
// work is the head, the cloud's the tail.

export const STAGES = [
  {name: 'head', label: 'Head', colour: 'stage-head'},
  {name: 'encode', label: 'Encode', colour: 'stage-encode'},
  {name: 'link', label: 'Link', colour: 'stage-link'},
  {name: 'decode', label: 'Decode', colour: 'stage-decode'},
  {name: 'queue', label: 'Queue', colour: 'stage-queue'},
  {name: 'tail', label: 'Tail', colour: 'stage-tail'},
];

const HERE = ['edge', 'fallback'];  // paths whose whole network ran on the edge
const RECENT_MS = 10000;

// What each stage of a request took, in ms; null where it has no times. A record calls the whole of
// a local answer its tail; it was computed on the edge, so here it is head.
export function stagesOf({path, latency_ms: latency}) {
  if (!latency) return null;
  const stages = Object.fromEntries(STAGES.map(({name}) => [name, Math.max(0, latency[name] ?? 0)]));
  if (HERE.includes(path)) {
    stages.head += stages.tail;
    stages.tail = 0;
  }
  return stages;
}

// The means of the requests of the last ten seconds before `time`; {} where there were none.
export function meanStages(requests, time) {
  const since = Date.parse(time) - RECENT_MS;
  const rows = requests.filter(({at}) => Date.parse(at) >= since).map(stagesOf).filter(Boolean);
  if (rows.length === 0) return {};
  return Object.fromEntries(STAGES.map(({name}) =>
    [name, rows.reduce((sum, row) => sum + row[name], 0) / rows.length]));
}
