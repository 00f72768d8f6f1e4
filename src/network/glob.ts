/**
 * Tells whether a pattern with `*` and `?` matches a word. Goes back no further than to the last `*`: none takes long.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let [at, star, retry] = [0, -1, 0];
  for (let i = 0; i < text.length; ) {
    if (pattern[at] === '*') [star, retry, at] = [at, i, at + 1];
    else if (pattern[at] === '?' || pattern[at] === text[i]) [at, i] = [at + 1, i + 1];
    else if (star >= 0) [at, i, retry] = [star + 1, retry + 1, retry + 1];
    else return false;
  }
  return pattern.slice(at).replaceAll('*', '') === '';
}
