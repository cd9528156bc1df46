export const a = [1, 2]; // "x;y"
