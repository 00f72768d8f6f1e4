/** Makes `build` of `src`, and `dist` of that, unless they were made of what is there. */
export function build(root?: string): void;
