/** `trace --verify`: has the sender of a trace open one real connection, and compares what its way then has counted. */
import { UserError } from '../../errors.ts';
import { nodesOfHost } from '../../fleet/topology.ts';
import { TCP } from '../../network/fields.ts';
import type { NetnsNode } from '../../network/topology/nodes.ts';
import { type PacketQuestion, type PacketTrace, usualSource } from '../../network/trace/packet.ts';
import { askShell } from '../../transports/script/shell.ts';
import type { OpenHost } from '../lib/collecting.ts';
import { CONNECT, connectionRequest, replyIn } from './connection-request.ts';
import { connectingNode, type Reply, type Verification, verificationOf } from './verification.ts';

/** The bytes that are taken of what the sender says. */
const MOST_SAID = 1 << 16;
/** The milliseconds for all of it at the sender; a question has a quarter of them, and waits for its answer four seconds. */
const SENDING_LIMIT = 60_000;

/** A connection that is to be opened, and its sender. */
export interface ConnectionPlan {
  sender: NetnsNode;
  question: PacketQuestion;
  port: number;
  trace: PacketTrace;
}

/** Returns the port that is to be asked; throws a UserError where no connection can be opened to it. */
export function portToAsk({
  protocol,
  destinationPort,
}: Pick<PacketQuestion, 'protocol' | 'destinationPort'>): number {
  if (protocol !== TCP) throw new UserError('--verify opens a TCP connection, and --proto is another');
  if (destinationPort !== null) return destinationPort;
  throw new UserError('--verify: --dport is missing: which port is to be asked?');
}

/** Throws a UserError where no host of the fleet can send what was traced. */
export function connectionPlan(question: PacketQuestion, trace: PacketTrace, port: number): ConnectionPlan {
  const sender = connectingNode(trace);
  if (sender) return { sender, question, port, trace };
  throw new UserError('--verify has a host of the inventory open a connection, and none there sends this', {
    hint: 'name its address with --src, or the host with --at',
  });
}

/** The sender's answer, and how the trace looks beside it. */
export interface Verified extends Verification {
  reply: Reply;
}

/** Opens the connection once, reads the hosts of the trace again, and compares. Throws a UserError where it was not sent. */
export async function verify(
  planned: ConnectionPlan,
  open: readonly OpenHost[],
  signal: AbortSignal,
): Promise<Verified> {
  const { sender, trace } = planned;
  const named = (host: string) => open.find(({ target }) => target.host.name === host);
  const reply = await send(planned, named(sender.host), signal);
  const hosts = new Set(trace.steps.map(({ node }) => node.host));
  const after: NetnsNode[] = [];
  for (const name of hosts) {
    const host = named(name);
    if (!host) continue;
    const { evidence, session } = await host.askAnew(host.session, signal);
    if (session !== host.session) session?.close();
    after.push(...nodesOfHost(evidence));
  }
  return { reply, ...verificationOf(trace, reply, after) };
}

async function send(
  { sender, question, port }: ConnectionPlan,
  host: OpenHost | undefined,
  signal: AbortSignal,
): Promise<Reply> {
  const { source, destination, sourcePort } = question;
  const unsent = (why: string) => new UserError(`--verify: nothing was sent by ${sender.name}: ${why}`);
  if (!host?.session) throw unsent('it can not be asked any more');
  const { connection } = host.target;
  if (connection.kind === 'ssh' && connection.collectCommand)
    throw unsent('it lets us run one installed script alone');
  if (!sender.init && !/^\d+$/.test(sender.inode)) throw unsent('the number of its namespace is not known');
  const own = usualSource(sender, question);
  const isOwnChoice = own?.family === source.family && own.value === source.value;
  const asked = connectionRequest({
    source,
    sourcePort,
    destination,
    port,
    inode: sender.init ? '' : sender.inode,
    isOwnChoice,
  });
  const { evidence, trouble } = await askShell(
    host.session,
    { host: [], netns: [asked], namespaces: sender.init ? 'init' : 'all' },
    {
      become: 'become' in connection ? connection.become : null,
      becomePassword: host.becomePassword,
      installed: null,
      sample: 0,
      limit: MOST_SAID,
      timeout: SENDING_LIMIT,
      signal: AbortSignal.any([signal, AbortSignal.timeout(SENDING_LIMIT)]),
    },
  );
  const answers = evidence.filter(({ probe }) => probe === CONNECT).map(({ answer }) => answer);
  const said = answers.find(({ ok }) => ok);
  const reply = said?.ok ? replyIn(said.value) : null;
  if (reply !== null) return reply;
  const failed = answers.find((one) => !one.ok && one.problem !== 'absent');
  throw unsent(
    trouble?.what ??
      (failed && !failed.ok
        ? failed.reason
        : said
          ? 'what it printed is not known'
          : 'its namespace was not found'),
  );
}
