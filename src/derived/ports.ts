import sysctl from '../collectors/sysctl.ts';
import { t } from '../define.ts';
import { type Derivation, defineDerivedFact, entry } from '../define-derived.ts';

const RANGE = 'net.ipv4.ip_local_port_range';
const RESERVED = 'net.ipv4.ip_local_reserved_ports';

const from = { sysctl };

/** `32768 60999`: ip_local_port_range of ip-sysctl.rst */
function end(which: 0 | 1, doc: string) {
  return entry({
    type: t.int(doc),
    from,
    derive({ sysctl: { value, lines } }): Derivation<number> {
      const match = /^(\d+) (\d+)$/.exec(textOf(value[RANGE], RANGE));
      if (!match) throw new Error(`${RANGE} is "${value[RANGE]}"`);
      return { value: Number(match[which + 1]), lines: [lines?.[RANGE] ?? []].flat(), despite: 'all' };
    },
  });
}

export default defineDerivedFact({
  id: 'ports',
  doc: 'The ports that the kernel gives to outgoing connections.',
  scope: 'netns',
  entries: {
    first: end(0, 'The lowest'),
    last: end(1, 'The highest'),
    reserved: entry({
      type: t.list(t.object({ first: t.int(), last: t.int() }), 'Ranges that it leaves out'),
      from,
      derive({ sysctl: { value, lines } }): Derivation<{ first: number; last: number }[]> {
        const ranges = textOf(value[RESERVED], RESERVED).split(',').filter(Boolean);
        return { value: ranges.map(rangeOf), lines: [lines?.[RESERVED] ?? []].flat(), despite: 'all' };
      },
    }),
  },
});

/** `8080` and `30000-32767` of `8080,30000-32767`; a single port is read as a number. */
function rangeOf(text: string): { first: number; last: number } {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (!match) throw new Error(`${RESERVED} has "${text}"`);
  return { first: Number(match[1]), last: Number(match[2] ?? match[1]) };
}

function textOf(value: unknown, key: string): string {
  if (value === undefined) throw new Error(`there is no ${key}`);
  return String(value);
}
