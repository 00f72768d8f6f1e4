import { generateKeyPairSync } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';
import { UserError } from '../../errors.ts';
import type { Answer, Evidence, HostEvidence, Problem, Snapshot, Target } from '../../model.ts';

/** SSH servers on this machine that answer the collection script from a recorded snapshot. */
export interface Replay {
  /** The private key that the servers accept. */
  clientKey: string;
  /** The servers' host keys, as a known_hosts file. */
  knownHosts: string;
  stop(): void;
}

type SshTarget = Target & { connection: { kind: 'ssh' } };

/** One server for each target whose host is in the snapshot, on the target's own port. */
export async function startReplay(snapshot: Snapshot, targets: Target[]): Promise<Replay> {
  const client = newKey();
  const recorded = new Map(snapshot.hosts.map((host) => [host.host.name, host]));
  const served = targets.filter((target): target is SshTarget => target.connection.kind === 'ssh');
  const servers = await Promise.all(
    // biome-ignore lint/style/noNonNullAssertion: the targets are of the snapshot's hosts
    served.map((target) => serve(recorded.get(target.host.name)!, target.connection.port ?? 0, client.key)),
  );
  return {
    clientKey: client.pem,
    knownHosts: servers.map(({ knownHost }) => `${knownHost}\n`).join(''),
    stop: () => {
      for (const { server } of servers) server.close();
    },
  };
}

async function serve(host: HostEvidence, port: number, clientKey: ssh2.ParsedKey) {
  const hostKey = newKey();
  const server = new ssh2.Server({ hostKeys: [hostKey.pem] }, (connection) => {
    let sample: 0 | 1 = 0;
    connection
      .on('authentication', (auth) => (letsIn(auth, clientKey) ? auth.accept() : auth.reject(['publickey'])))
      .on('session', (accept) => {
        accept().on('exec', (acceptExec) => {
          answerScript(acceptExec(), host.evidence, sample);
          sample = 1;
        });
      })
      // a client that goes away is no concern of a recording
      .on('error', () => {});
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      failed(
        new UserError(`cannot serve ${host.host.name} on 127.0.0.1:${port}: ${error.message}`, {
          hint: 'is another demo running?',
        }),
      ),
    );
    server.listen(port, '127.0.0.1', listening);
  });
  const bound = (server.address() as AddressInfo).port;
  const publicKey = `${hostKey.key.type} ${hostKey.key.getPublicSSH().toString('base64')}`;
  return { server, knownHost: `[127.0.0.1]:${bound} ${publicKey}` };
}

/** Makes a key without ssh2's own generator: one in some 200 of its ed25519 keys can't be read back. */
function newKey(): { pem: string; key: ssh2.ParsedKey } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const pem = privateKey.export({ type: 'sec1', format: 'pem' }).toString();
  const key = ssh2.utils.parseKey(pem);
  if (key instanceof Error) throw key;
  return { pem, key };
}

function letsIn(auth: ssh2.AuthContext, key: ssh2.ParsedKey): boolean {
  if (auth.method !== 'publickey' || !auth.key.data.equals(key.getPublicSSH())) return false;
  if (auth.signature === undefined || auth.blob === undefined) return true;
  return key.verify(auth.blob, auth.signature, auth.hashAlgo) === true;
}

function answerScript(channel: ssh2.ServerChannel, evidence: Evidence[], sample: 0 | 1): void {
  const chunks: Buffer[] = [];
  channel.on('data', (chunk: Buffer) => chunks.push(chunk));
  channel.on('end', () => {
    channel.write(answersTo(Buffer.concat(chunks).toString('utf8'), evidence, sample));
    channel.exit(0);
    channel.end();
  });
}

const STATUS: Partial<Record<Problem, number>> = { absent: 210, denied: 211, unsupported: 212, timeout: 124 };

/** Returns what a host with this evidence would print when it runs this script. */
function answersTo(script: string, evidence: Evidence[], sample: 0 | 1): string {
  const boundary = /^ {2}B=(\S+) /m.exec(script)?.[1];
  if (boundary === undefined) return 'only a collection script is answered here\n';
  const hostProbes = probesIn(script, 'HOST');
  const netnsProbes = probesIn(script, 'NETNS');
  const namespaces = [...new Set(evidence.map(({ namespace }) => namespace))].filter(
    (inode) => inode !== null,
  );
  const frame = (probe: string, namespace: string | null) => {
    const found = evidence.find(
      (it) => it.probe === probe && it.namespace === namespace && it.sample === sample,
    );
    return framed(boundary, probe, namespace, found?.answer ?? NOT_RECORDED);
  };
  return [
    ...hostProbes.map((probe) => frame(probe, null)),
    ...namespaces.flatMap((namespace) => netnsProbes.map((probe) => frame(probe, namespace))),
    `\n${boundary} .\n`,
  ].join('');
}

const NOT_RECORDED: Answer<string> = { ok: false, problem: 'unsupported', reason: 'not in the recording' };

function framed(boundary: string, probe: string, namespace: string | null, answer: Answer<string>): string {
  const { status, output, reason } = answer.ok
    ? { status: 0, output: answer.value, reason: '' }
    : answer.program === undefined
      ? { status: STATUS[answer.problem] ?? 1, output: '', reason: answer.reason }
      : { status: 213, output: '', reason: `${answer.program} ${answer.reason}` };
  return `\n${boundary} < ${probe} ${namespace ?? '-'}\n${output}\n${boundary} ! ${status}\n${reason}\n${boundary} >\n`;
}

/** Returns the probes in that part of the script, as in `ask counters.netstat n3`, whichever of its functions asks. */
function probesIn(script: string, part: string): string[] {
  const text = new RegExp(`^${part}='([^']*)'`, 'm').exec(script)?.[1] ?? '';
  const asking = /\b(?:ask|needs|part|part_of|by_ip) ([a-z0-9_]+\.[a-z0-9_]+) \w/g;
  return [...text.matchAll(asking)].map(([, probe = '']) => probe);
}
