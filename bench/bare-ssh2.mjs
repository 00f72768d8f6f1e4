// What twlint's SSH client is made of, alone: logs in to each address, 32 at a time, and runs a script there.
//   node bench/bare-ssh2.mjs FOLDER SCRIPT ADDRESS...     FOLDER has the keys of bench/sshd-lab.mjs
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { Client } from 'ssh2';

const [folder, scriptFile, ...addresses] = process.argv.slice(2);
const privateKey = readFileSync(join(folder, 'key'));
const hostKey = readFileSync(join(folder, 'host.pub'), 'utf8').split(' ')[1];
const script = readFileSync(scriptFile);

const ask = (host) =>
  new Promise((resolve, reject) => {
    const client = new Client();
    client.on('error', reject);
    client.on('ready', () =>
      client.exec('sh', (error, channel) => {
        if (error) return reject(error);
        let bytes = 0;
        channel.on('data', (chunk) => {
          bytes += chunk.length;
        });
        channel.stderr.resume();
        channel.on('close', () => {
          client.end();
          if (bytes > 0) resolve();
          else reject(new Error(`${host} answers nothing`));
        });
        channel.end(script);
      }),
    );
    client.connect({
      host,
      username: 'root',
      privateKey,
      readyTimeout: 60_000,
      hostVerifier: (given) => given.toString('base64') === hostKey,
      algorithms: { kex: ['curve25519-sha256'] },
    });
  });

const limit = pLimit(32);
await Promise.all(addresses.map((address) => limit(() => ask(address))));
