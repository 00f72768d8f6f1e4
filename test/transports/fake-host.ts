import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import { onTestFinished } from 'vitest';
import type { Connecting } from './connecting.ts';
import { fileIn, scratchFolder } from './folder.ts';

/** A TCP server on a free port that is gone when the test is, with its connections. */
export async function listenWith(
  onConnection: (socket: Socket) => void,
): Promise<{ port: number; open(): number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    onConnection(socket);
    // one that is not read from does not notice its end
    socket.resume();
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: await listening(server), open: () => sockets.size };
}

async function listening(server: Server | ssh2.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

/** What a server of ssh2's does with a connection. */
export type Behaviour = (connection: ssh2.Connection) => void;

/** An SSH server in this process. */
export interface FakeHost {
  port: number;
  /** How to connect to it, also through another port. */
  connecting(port?: number): Connecting;
  /** Connections that are open. */
  open(): number;
}

/** Not by ssh2's own generator: about 1 in 200 of its Ed25519 keys can't be read, by ssh-keygen either (1.17.0). */
function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return privateKey.export({ type: 'sec1', format: 'pem' }).toString();
}

/** As known_hosts has it. */
function publicLine(privateKey: string): string {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) throw key;
  return `${key.type} ${key.getPublicSSH().toString('base64')}`;
}

const hostKey = newKey();
const clientKey = newKey();

export async function startFakeHost(
  behaviour: Behaviour,
  config: Partial<ssh2.ServerConfig> = {},
): Promise<FakeHost> {
  const connections = new Set<ssh2.Connection>();
  const server = new ssh2.Server({ hostKeys: [hostKey], ...config }, (connection) => {
    connections.add(connection);
    connection.on('close', () => connections.delete(connection)).on('error', () => {});
    behaviour(connection);
  });
  onTestFinished(() => {
    for (const connection of connections) connection.end();
    server.close();
  });
  const port = await listening(server);
  const identityFile = fileIn(scratchFolder(), 'id_ecdsa', clientKey);
  return {
    port,
    connecting: (through = port) => ({
      port: through,
      identityFile,
      known: [`[127.0.0.1]:${through} ${publicLine(hostKey)}`],
    }),
    open: () => connections.size,
  };
}

/** Lets in and runs commands by this table. */
export function runs(
  commands: Record<string, (channel: ssh2.ServerChannel, connection: ssh2.Connection) => void>,
): Behaviour {
  return (connection) => {
    connection.on('authentication', (auth) =>
      auth.method === 'none' ? auth.reject(['publickey']) : auth.accept(),
    );
    connection.on('session', (accept) => {
      accept().on('exec', (acceptExec, reject, { command }) => {
        const run = commands[command];
        if (run) run(acceptExec(), connection);
        else reject();
      });
    });
  };
}
