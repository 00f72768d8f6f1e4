/** Patterns of ssh_config(5), "PATTERNS", which known_hosts files have too. */

/** `*` is any number of characters, `?` is one. */
export function patternMatches(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 's').test(name);
}

/** `*.example.com,!lb-9.example.com`: a negated pattern that matches rules the name out whatever the others say. */
export function patternListMatches(list: string, name: string): boolean {
  let matched = false;
  for (const pattern of list.split(',')) {
    const negated = pattern.startsWith('!');
    if (!patternMatches(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}
