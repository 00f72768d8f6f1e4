import { command, defineCollector, t } from '../define.ts';
import type { Line } from '../model.ts';
import { nothingAtRest } from './at-rest/persisted.ts';

const ORIGIN = 'ipvsadm -L -n --daemon';

/** Nothing but a request to the kernel tells of them, and ipvsadm would load ip_vs where it is not there. */
const ask = `
[ "$(id -u)" = 0 ] || denied "only root may run ipvsadm"
tool ipvsadm
ipvsadm -L -n --daemon`;

const daemon = t.object({
  state: t.string('`master` sends connections, `backup` takes them'),
  interface: t.string('Of its multicast packets'),
});

export default defineCollector({
  id: 'ipvs_sync',
  doc: 'The daemons of IPVS that copy connections from one director to another. None where IPVS is not in use.',
  scope: 'netns',
  samples: 1,
  probes: {
    daemons: command(ORIGIN, ask, {
      optional: true,
      needed: { path: '"$PROC_NET/ip_vs"', reason: 'IPVS is not in use' },
      atRest: nothingAtRest,
    }),
  },
  type: t.object({ daemons: t.list(daemon) }),
  parse({ daemons = '' }) {
    const lines: Line[] = [];
    const found = daemons.split('\n').flatMap((row, i) => {
      if (row.trim() === '') return [];
      // backup sync daemon (mcast=eth0, syncid=51, maxlen=1472, group=224.0.0.81, port=8848, ttl=1)
      const [, state, device] = /^(master|backup) sync daemon \(mcast=([^,)]+)/.exec(row) ?? [];
      if (state === undefined || device === undefined)
        throw new Error(`${ORIGIN}:${i + 1}: "${row.slice(0, 80)}" is no daemon`);
      lines.push({ origin: ORIGIN, line: i + 1, text: row });
      return [{ state, interface: device }];
    });
    return { value: { daemons: found }, lines: { daemons: lines } };
  },
});
