import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { freePort } from '../transports/sshd.ts';
import { programs } from './processes.ts';
import { REDIS_NEEDS, redisServer } from './redis.ts';

const port = await freePort();

describeWhere({ programs: [...REDIS_NEEDS.programs!, 'openssl'] }, 'a Redis with TLS', () => {
  const folder = temporaryFolder('queue');
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const about = ['-subj', '/CN=queue', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const made = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-keyout',
    key,
    '-out',
    certificate,
  ];
  execFileSync('openssl', ['req', '-x509', '-nodes', ...made, ...about], { stdio: 'ignore' });
  redisServer(() => [
    ...['--tls-port', `${port}`, '--tls-auth-clients', 'no'],
    ...['--tls-key-file', key, '--tls-cert-file', certificate, '--tls-ca-cert-file', certificate],
  ]);
  const run = programs(folder);
  const command = (name: string) => [
    name,
    '-i',
    'a,b,',
    '--netns',
    'init',
    '--queue',
    `rediss://127.0.0.1:${port}`,
  ];

  it('is used if its certificate is of an authority that is known', { timeout: 60_000 }, async () => {
    const unknown = run(command('audit'));
    expect(await unknown.ended).toBe(2);
    expect(unknown.stderr()).toMatch(
      /^twlint: --queue rediss:.*self-signed certificate\n {2}hint: .*NODE_EXTRA_CA_CERTS/m,
    );
    const known = { NODE_EXTRA_CA_CERTS: certificate };
    const worker = run([...command('worker'), '--via', 'sh -c sh sh {host}'], known);
    const audit = run([...command('audit'), '--fail-on', 'never', '--allow-incomplete'], known);
    expect([await audit.ended, audit.stderr()]).toEqual([0, expect.stringContaining('asked 2 hosts')]);
    worker.signal('SIGTERM');
    expect(await worker.ended).toBe(0);
  });
});
