import { command, defineCollector, t } from '../define.ts';

const count = (family: 4 | 6) =>
  `printf "ipv${family} %s\\n" "$(ip -${family} neigh show nud all | grep -cE "PERMANENT|extern_learn")"`;

// only counts: a large network has thousands of neighbours
const ask = `tool ip
${count(4)}
if [ -e "$PROC_NET/if_inet6" ]; then ${count(6)}; else echo "ipv6 0"; fi`;

const probes = {
  counts: command('ip neigh', ask, {
    optional: true,
    needed: {
      path: '"$PROC_NET/stat/arp_cache"',
      reason: 'only the namespace of the host itself shows the table',
    },
  }),
};

export default defineCollector({
  id: 'neighbour_states',
  doc: 'Neighbours of a namespace that no garbage collection takes: permanent ones, and those that a routing daemon knows.',
  scope: 'netns',
  samples: 1,
  probes,
  type: t.object({
    ipv4: t.int('Linux 5.0 and later leave them out when they compare with `gc_thresh3`'),
    ipv6: t.int('The same of NDP'),
  }),
  parse({ counts }) {
    const numberOf = (family: string): number => {
      if (counts === undefined) return 0;
      const number = new RegExp(`^${family} (\\d+)$`, 'm').exec(counts)?.[1];
      if (number === undefined) throw new Error(`ip neigh told no number of ${family}`);
      return Number(number);
    };
    return {
      value: { ipv4: numberOf('ipv4'), ipv6: numberOf('ipv6') },
      lines: {
        ipv4: { origin: 'ip -4 neigh', line: 0, text: `${numberOf('ipv4')} permanent` },
        ipv6: { origin: 'ip -6 neigh', line: 0, text: `${numberOf('ipv6')} permanent` },
      },
    };
  },
});
