/** Patterns of ssh_config(5), "PATTERNS", which known_hosts files have too. */

/** Tells whether a pattern matches: `*` is any number of characters, `?` is one. */
export function patternMatches(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 's').test(name);
}

/**
 * Tells whether a list like `*.example.com,!lb-9.example.com` matches: a negated pattern that matches rules the name
 * out whatever the others are.
 */
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
