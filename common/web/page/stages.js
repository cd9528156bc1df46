// The stages of a request, in their order, with the colour that each has everywhere.

export const STAGES = [
  {name: 'head', label: 'Head', colour: 'stage-head'},
  {name: 'encode', label: 'Encode', colour: 'stage-encode'},
  {name: 'link', label: 'Link', colour: 'stage-link'},
  {name: 'decode', label: 'Decode', colour: 'stage-decode'},
  {name: 'queue', label: 'Queue', colour: 'stage-queue'},
  {name: 'tail', label: 'Tail', colour: 'stage-tail'},
];
