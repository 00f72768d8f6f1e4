import { planFor } from '../collect/plan.ts';
import backlogsCollector from '../collectors/backlogs.ts';
import { collectors } from '../collectors/index.ts';
import { evaluate } from '../evaluate/report.ts';
import { loadRules, neededFacts } from '../evaluate/rules/rules.ts';
import { NODE_FACTS } from '../fleet/nodes.ts';
import { topologyIn } from '../fleet/topology.ts';
import { page } from '../formats/text/page.ts';
import { whyJson, whyText } from '../formats/why.ts';
import { type Address, parseAddress } from '../network/address-text.ts';
import type { NetnsNode } from '../network/topology/nodes.ts';
import { diagnose } from '../why/why.ts';
import { scriptToRead } from './lib/collecting.ts';
import { defineCommand } from './lib/command.ts';
import { connectionOptions } from './lib/connection-options.ts';
import { configOptions, sourceOptions } from './lib/options.ts';
import { snapshotFor } from './lib/sources.ts';
import { tool } from './lib/tool.ts';
import { exit } from './lib/world.ts';
import { parsePacket, questionAbout, started, type TraceValues } from './trace/fleet.ts';

const text = (describe: string) =>
  ({ type: 'string', requiresArg: true, describe, group: 'Packet:' }) as const;

export default defineCommand({
  options: {
    ...sourceOptions,
    src: text('Who gets no answer: an address, or HOST or HOST/NAMESPACE of the fleet'),
    dst: text('Address and port that it sends to: 10.0.0.5:5432, [2001:db8::5]:443'),
    proto: text('tcp, udp, ... or a number (tcp)'),
    sport: text('Source port; any of 1024 and above where not given'),
    at: text('HOST or HOST/NAMESPACE where packets start or come in'),
    in: text('Interface that they come in by (the way back to their source)'),
    format: {
      choices: ['text', 'json'] as const,
      default: 'text' as const,
      requiresArg: true,
      describe: 'For people, or for programs',
    },
    ...configOptions,
    ...connectionOptions,
  },
  examples: [
    ['twlint why -i hosts.yaml --src web-1 --dst 10.0.0.5:5432', 'Why does this not work?'],
    ['twlint why -i hosts.yaml --src web-1 --dst 10.0.0.5:5432 --interval 10s', 'What grows meanwhile?'],
    ['twlint why --from DIR --src 10.0.0.7 --dst 10.0.0.5:5432', 'Of what was kept while it was so'],
  ],
  async run(args, world) {
    const values = packetOf(args);
    parsePacket(values);
    const rules = loadRules([], { builtin: true, tests: false, allowSupersede: false, cwd: world.cwd });
    const facts = [...neededFacts(rules), ...NODE_FACTS, backlogsCollector.id];
    const plan = planFor(facts, collectors, args.netns);
    if (args['print-script']) {
      world.out.write(scriptToRead(plan));
      return exit.clean;
    }
    const snapshot = await snapshotFor(plan, args, world);
    const { hosts } = snapshot;
    const question = questionAbout(topologyIn(hosts).nodes, values, anyAddress);
    const report = evaluate(snapshot, rules, collectors, tool());
    const isSampled = hosts.some(({ evidence }) => evidence.some(({ sample }) => sample === 1));
    const diagnosis = started(diagnose(hosts, question, report, isSampled));
    const { color, columns } = world.out;
    const drawing = page({ color, all: false, width: columns ?? 80 });
    world.out.write(args.format === 'json' ? whyJson(diagnosis) : whyText(diagnosis, drawing));
    if (snapshot.interrupted) return exit.interrupted;
    if (diagnosis.causes.length > 0) return exit.findings;
    return diagnosis.unseen.length > 0 ? exit.incomplete : exit.clean;
  },
});

/** Where nothing leads to the destination, a host sends from none of its addresses, and none gets further than another. */
function anyAddress({ net }: NetnsNode, family: 4 | 6): Address | null {
  const all = net.interfaces.flatMap(({ addresses }) => addresses);
  const own = all.find(({ address, scope }) => address.family === family && scope === 'global');
  return own?.address ?? null;
}

type Given = Omit<TraceValues, 'dport'>;

/** Takes the port from behind the address; a sender that is no address is a host of the fleet. */
function packetOf({ src, dst, at, ...rest }: Given): TraceValues {
  const [, address = dst, dport] =
    /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(dst ?? '')?.filter((part) => part !== undefined) ?? [];
  const isHost = src !== undefined && at === undefined && parseAddress(src) === null && /^[a-z_]/i.test(src);
  const sender = isHost ? { src: undefined, at: src, atBy: '--src' as const } : { src, at };
  return { ...rest, ...sender, dst: address, dport };
}
