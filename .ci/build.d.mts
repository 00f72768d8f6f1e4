/** Makes `dist` of `src`, unless that is what it was made of. */
export function build(root?: string): void;
