/** Tells what forms of an output leave out of what is asked of them. */
import type { OutputSection } from './sections.ts';

/** The reason why a section can't tell all that its kind tells; null where it can. */
export function shortcomingOf({ form, command, rows }: OutputSection): string | null {
  const first = rows[0]?.text ?? '';
  const options = (command ?? '').replace(/^\S+/, '');
  switch (form) {
    case 'ip address':
      if (/^\d+: \S+\s+inet6? /.test(first)) return 'ip -o tells no flags of interfaces';
      return /\b(?:show|list|ls|dev)\s+(?:dev\s+)?[^\s|-]/.test(options)
        ? `"${command}" shows some interfaces`
        : null;
    case 'ip -br address':
      return 'ip -br tells neither flags nor bridges of interfaces';
    case 'ifconfig':
      return 'ifconfig tells one IPv4 address of each interface, and not which bridge it is in';
    case 'route':
      return 'route -n shows table main alone';
    case 'nstat':
      return first.startsWith('#') ? null : 'it has no heading, as of some counters alone';
    case 'ip_vs':
      return first.startsWith('IP Virtual Server')
        ? null
        : 'it has no title, as of some services alone (ipvsadm -L -t)';
    default:
      return null;
  }
}

/** Returns a section without what `ip route get` says: a decision, and no route. */
export function withoutLookups(section: OutputSection): OutputSection {
  if (section.form !== 'ip route') return section;
  const { rows, command } = section;
  if (/\bget\b/.test(command ?? '')) return { ...section, rows: [] };
  const isLookup = (at: number) =>
    /^\s+cache\b/.test(rows[at]?.text ?? '') ||
    / uid \d+/.test(rows[at]?.text ?? '') ||
    /^\s+cache\b/.test(rows[at + 1]?.text ?? '');
  return { ...section, rows: rows.filter((_, i) => !isLookup(i)) };
}
