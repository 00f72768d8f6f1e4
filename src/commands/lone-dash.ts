/** yargs takes a lone `-` for the beginning of an option, and not for what `-i` names: it understands `-i-`. */
export function joinLoneDash(argv: readonly string[]): string[] {
  return argv.flatMap((word, index) => {
    const before = argv[index - 1];
    if (word === '-' && (before === '-i' || before === '--inventory')) return [];
    if (argv[index + 1] !== '-') return [word];
    if (word === '-i') return ['-i-'];
    return word === '--inventory' ? ['--inventory=-'] : [word];
  });
}
