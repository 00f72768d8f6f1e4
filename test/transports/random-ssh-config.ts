import fc from 'fast-check';

const HOSTS = ['lb-1', 'lb-2.example.com', 'DB-1', 'inner', '10.0.0.1', 'fe80::1'];
const PATTERNS = [
  ...HOSTS,
  '*',
  'lb-*',
  '*.example.com',
  'lb-?',
  '10.*',
  '*.*',
  '?b-1',
  'db-1',
  '*:*',
  'LB-*',
];
const USERS = ['root', 'me', 'you', 'audit'];

const sometimes = <T>(what: fc.Arbitrary<T>, otherwise: T, weight = 4) =>
  fc.oneof({ weight, arbitrary: fc.constant(otherwise) }, { weight: 1, arbitrary: what });

const negatable = (of: string[]) =>
  fc.tuple(sometimes(fc.constant('!'), ''), fc.constantFrom(...of)).map(([mark, text]) => mark + text);
const host = fc
  .array(negatable(PATTERNS), { minLength: 1, maxLength: 3 })
  .map((all) => `Host ${all.join(' ')}`);
const list = (of: string[]) =>
  fc.array(negatable(of), { minLength: 1, maxLength: 3 }).map((all) => all.join(','));
const criterion = fc.oneof(
  fc.tuple(fc.constantFrom('host', 'originalhost', 'Host'), list(PATTERNS)).map((pair) => pair.join(' ')),
  fc.tuple(fc.constantFrom('user', 'localuser'), list([...USERS, 'r*', '*'])).map((pair) => pair.join(' ')),
  fc.constantFrom('final', 'canonical', 'FINAL'),
);
const criteria = fc.array(
  fc.tuple(sometimes(fc.constant('!'), ''), criterion).map(([mark, text]) => mark + text),
  { maxLength: 3 },
);
const match = fc
  .tuple(criteria, sometimes(fc.constantFrom('all', '!all'), '', 3))
  .map(([some, all]) => `Match ${[...some, all].join(' ').trim() || 'all'}`);

const VALUES: Record<string, string[]> = {
  HostName: ['%h.example.com', '10.0.0.1', 'Inner', 'b%%c', 'x.%h.%h'],
  User: USERS,
  Port: ['22', '2222', '65535'],
  IdentityFile: ['~/.ssh/a', '/tmp/%h', 'none', '"with space"', '~/.ssh/b'],
  IdentitiesOnly: ['yes', 'no', 'TRUE', 'false'],
  IdentityAgent: ['none', '/tmp/agent', '$OTHER', 'SSH_AUTH_SOCK'],
  CertificateFile: ['~/.ssh/a-cert.pub', '/tmp/c'],
  UserKnownHostsFile: ['/tmp/a', '"/tmp/a" /tmp/b', '/dev/null'],
  GlobalKnownHostsFile: ['/tmp/g', '/tmp/g /tmp/h # both'],
  HostKeyAlias: ['alias', 'other'],
  StrictHostKeyChecking: ['yes', 'no', 'ask', 'off', 'accept-new', 'True'],
  ProxyJump: ['none', 'a', 'me@a:2222,b', 'ssh://me@a', '[fe80::9]:22'],
  ProxyCommand: ['none', 'nc %h %p', 'sh -c \'it "is"\'  # kept'],
  ConnectTimeout: ['5', '1m', 'none', '1h30'],
  ServerAliveInterval: ['5', '1m', 'none', '0'],
  ServerAliveCountMax: ['1', '7'],
  GSSAPIAuthentication: ['yes', 'no'],
  BindAddress: ['127.0.0.1'],
  SendEnv: ['LANG LC_*'],
};
const set = fc
  .constantFrom(...Object.keys(VALUES))
  .chain((keyword) =>
    fc.tuple(
      fc.constant(keyword),
      fc.constantFrom(' ', '=', ' = ', '\t'),
      fc.constantFrom(...VALUES[keyword]!),
    ),
  )
  .map(([keyword, between, value]) => `  ${keyword}${between}${value}`);

const body = fc.array(set, { maxLength: 5 });
const block = (first: fc.Arbitrary<string>) => fc.tuple(first, body).map(([head, lines]) => [head, ...lines]);
const include = fc
  .constantFrom('inner-1.conf', 'inner-2.conf', 'inner-*.conf', 'missing')
  .map((name) => [`Include FOLDER/${name}`]);
const blocks = (inner: boolean) =>
  fc
    .array(
      fc.oneof(
        { weight: 4, arbitrary: block(host) },
        { weight: 4, arbitrary: block(match) },
        { weight: 1, arbitrary: body },
        { weight: 1, arbitrary: inner ? body : include },
        { weight: 1, arbitrary: fc.constantFrom('', '# Port 1', '   ').map((line) => [line]) },
      ),
      { minLength: 1, maxLength: 6 },
    )
    .map((all) => `${all.flat().join('\n')}\n`);

/** Files, with FOLDER for the folder they are in, and the options to ask with. */
export const randomSshConfig = fc.record({
  files: fc.record({ config: blocks(false), 'inner-1.conf': blocks(true), 'inner-2.conf': blocks(true) }),
  options: sometimes(
    fc.constantFrom<string[][]>(
      ['-o', 'User=me'],
      ['-o', 'Port=9', '-o', 'ProxyJump=z'],
      ['-o', 'HostName=inner'],
    ),
    [],
  ),
});

export const RANDOM_HOSTS = HOSTS;
