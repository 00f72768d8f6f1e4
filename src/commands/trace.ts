import { type Plan, planFor } from '../collect/plan.ts';
import { collectors } from '../collectors/index.ts';
import { throwIfAny, UserError } from '../errors.ts';
import { NODE_FACTS } from '../fleet/nodes.ts';
import { page } from '../formats/text/page.ts';
import type { Snapshot } from '../model.ts';
import { collectFrom, type OpenHost, scriptToRead } from './lib/collecting.ts';
import { defineCommand } from './lib/command.ts';
import { connectionOptions } from './lib/connection-options.ts';
import { fleetOf } from './lib/fleet.ts';
import { configOptions, sourceOptions } from './lib/options.ts';
import { type SourceArgs, snapshotFor } from './lib/sources.ts';
import { exit, type World } from './lib/world.ts';
import { parsePacket, traceIn, traceJson } from './trace/fleet.ts';
import { natAnswerJson, natAnswerText, traceNatFiles } from './trace/nat.ts';
import { traceText } from './trace/text.ts';
import { connectionPlan, portToAsk, verify as verifyTrace } from './trace/verify.ts';
import { connectionPlanText, verifiedText } from './trace/verify-text.ts';

const { interval, ...asking } = connectionOptions;

const text = (describe: string, group: string) =>
  ({ type: 'string', requiresArg: true, describe, group }) as const;

const packetOptions = {
  src: text('Source address; with --at HOST alone, the one that it would send from', 'Packet:'),
  dst: text('Destination address', 'Packet:'),
  proto: text('tcp, udp, ... or a number (tcp; with --nat any)', 'Packet:'),
  sport: text('Source port; any where not given', 'Packet:'),
  dport: text('Destination port; any where not given', 'Packet:'),
};

const rulesetOptions = {
  nat: text(
    'Walk this ruleset alone: iptables-save, nft list ruleset (or nft -j); - is standard input',
    'One ruleset:',
  ),
  ipset: text('ipset save, for sets that its rules look into', 'One ruleset:'),
  packets: text('Many packets: a JSON object on each line; - is standard input', 'One ruleset:'),
  mark: text("The packet's mark", 'One ruleset:'),
  out: text('Interface that it leaves by', 'One ruleset:'),
  'out-address': text('The address of that interface, which MASQUERADE gives', 'One ruleset:'),
};

export default defineCommand({
  options: {
    ...sourceOptions,
    ...packetOptions,
    at: text('HOST or HOST/NAMESPACE where it starts or comes in', 'Packet:'),
    in: text('Interface that it comes in by (the way back to its source)', 'Packet:'),
    verify: {
      choices: ['plan', 'send'] as const,
      requiresArg: true,
      describe: 'Have the sender connect there, once, to compare',
      group: 'Packet:',
    },
    ...rulesetOptions,
    format: {
      choices: ['text', 'json'] as const,
      requiresArg: true,
      describe: 'For people, or for programs',
    },
    ...configOptions,
    ...asking,
  },
  examples: [
    ['twlint trace -i hosts.yaml --src 10.0.0.7 --dst 10.0.0.5 --dport 5432', 'Where does it go?'],
    [
      'twlint trace -i hosts.yaml --at web-1 --dst 10.0.0.5 --dport 5432 --verify send',
      'Does the kernel agree?',
    ],
    ['twlint trace --from DIR --src 10.0.0.5 --at s2 --dst 10.0.0.5 --dport 5432', 'Sent by s2 itself'],
    [
      'iptables-save -t nat | twlint trace --nat - --src 10.0.0.7 --dst 8.8.8.8 --out eth0',
      'What will it do?',
    ],
  ],
  async run(args, world) {
    if (args['print-script']) {
      world.out.write(scriptToRead(planFor(NODE_FACTS, collectors, args.netns)));
      return exit.clean;
    }
    return args.nat === undefined
      ? throughFleet({ ...args, interval: undefined }, world)
      : throughRuleset(args.nat, args, world);
  },
});

type Given = Record<string, unknown>;

/** Refuses options that mean nothing beside the one that was given. */
function refuse(args: Given, names: readonly string[], why: string): void {
  const present = names.filter((name) => args[name] !== undefined);
  throwIfAny(present.map((name) => new UserError(`--${name} means nothing ${why}`)));
}

type FleetArgs = SourceArgs &
  Parameters<typeof traceIn>[1] & {
    format: 'text' | 'json' | undefined;
    verify: 'plan' | 'send' | undefined;
    netns: 'all' | 'init';
  };

async function throughFleet(args: FleetArgs & Given, world: World): Promise<number> {
  refuse(args, ['ipset', 'packets', 'mark', 'out', 'out-address'], 'without --nat');
  parsePacket(args);
  const plan = planFor(NODE_FACTS, collectors, args.netns);
  if (args.verify !== undefined) return throughKernel(args.verify, plan, args, world);
  const snapshot = await snapshotFor(plan, args, world);
  const { question, trace } = traceIn(snapshot, args);
  world.out.write(args.format === 'json' ? traceJson(trace) : traceText(question, trace, drawing(world)));
  if (snapshot.interrupted) return exit.interrupted;
  return trace.certain ? exit.clean : exit.incomplete;
}

const drawing = ({ out: { color, columns } }: World) => page({ color, all: false, width: columns ?? 100 });

const BY_VERDICT = { agrees: exit.clean, disagrees: exit.findings, 'not known': exit.incomplete } as const;

/** Traces a packet through hosts that are asked now, and has one of them send it. */
async function throughKernel(
  verify: 'plan' | 'send',
  plan: Plan,
  args: FleetArgs & Given,
  world: World,
): Promise<number> {
  refuse(args, ['root', 'from', 'in'], 'beside --verify');
  const port = portToAsk(parsePacket(args));
  let status: number = exit.interrupted;
  const goOn = async (run: Snapshot, open: readonly OpenHost[]): Promise<void> => {
    if (run.interrupted) return;
    const { question, trace } = traceIn(run, args);
    const planned = connectionPlan(question, trace, port);
    const verified = verify === 'send' ? await verifyTrace(planned, open, world.stop) : null;
    if (args.format === 'json') world.out.write(traceJson(trace, verified));
    else {
      const of = drawing(world);
      const said = verified ? verifiedText(planned, verified, of) : connectionPlanText(planned, of);
      world.out.write(`${traceText(question, trace, of)}${said}`);
    }
    status = verified ? BY_VERDICT[verified.verdict] : exit.clean;
  };
  await collectFrom(await fleetOf(args, world), plan, { ...args, interval: undefined }, world, { goOn });
  return status;
}

async function throughRuleset(
  nat: string,
  args: Given & {
    ipset: string | undefined;
    packets: string | undefined;
    format: 'text' | 'json' | undefined;
  },
  world: World,
): Promise<number> {
  refuse(args, ['inventory', 'root', 'from', 'at', 'verify'], 'beside --nat');
  const one = ['src', 'dst', 'proto', 'sport', 'dport', 'mark', 'in', 'out', 'out-address'];
  if (args.packets !== undefined) refuse(args, one, 'beside --packets');
  const { ipset, packets, 'out-address': out_address, ...values } = args;
  const answers = await traceNatFiles({ nat, ipset, packets }, { ...values, out_address }, world);
  // a file of packets is a program's, which reads a line for each
  const format = args.format ?? (packets === undefined ? 'text' : 'json');
  for (const answer of answers)
    world.out.write(format === 'text' ? natAnswerText(answer) : natAnswerJson(answer));
  return exit.clean;
}
