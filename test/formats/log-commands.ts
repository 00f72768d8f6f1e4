/** What the runners of CI act on in a line of a job's output, each as its own source has it. */

interface LogCommand {
  runner: string;
  /** A line that it acts on. */
  sample: string;
  /** Whether it acts on a line. */
  acts(line: string): boolean;
}

/** Those that the runner knows; a word more does no harm. */
const GITHUB =
  'add-mask|add-matcher|add-path|debug|echo|endgroup|error|group|notice|remove-matcher|save-state|set-env|set-output|stop-commands|warning';

const COLOR = /\p{Cc}\[[;\d]*[mK]/gu;

const bare = (line: string) => line.replace(COLOR, '');

export const LOG_COMMANDS: readonly LogCommand[] = [
  {
    // actions/runner, src/Runner.Common/ActionCommand.cs, TryParseV2: the first thing on a line but for blanks
    runner: 'GitHub Actions',
    sample: '::error file=app.js,line=1::pwned',
    acts: (line) => new RegExp(`^\\s*::(?:${GITHUB})(?: .*?)?::`, 'i').test(line),
  },
  {
    runner: 'GitHub Actions, without properties',
    sample: '::set-output name=pwned::1',
    acts: (line) => new RegExp(`^\\s*::(?:${GITHUB})(?: .*?)?::`, 'i').test(line),
  },
  {
    // the token that ends it is a name, too
    runner: 'GitHub Actions, commands that were stopped',
    sample: '::stop-commands::pwned',
    acts: (line) => /^\s*::stop-commands::/i.test(line),
  },
  {
    // the same file, TryParse: anywhere
    runner: 'GitHub Actions, the older form',
    sample: '##[add-mask]pwned',
    acts: (line) => /##\[[^\]]*\]/.test(line),
  },
  {
    // nektos/act, pkg/runner/command.go; Gitea's and Forgejo's runners are made of it
    runner: 'act',
    sample: '::add-path::/pwned',
    acts: (line) => new RegExp(`^::(?:${GITHUB})( (.+))?::`, 'i').test(line),
  },
  {
    // microsoft/azure-pipelines-agent, src/Microsoft.VisualStudio.Services.Agent/Command.cs: anywhere
    runner: 'Azure Pipelines',
    sample: '##vso[task.setvariable variable=pwned]1',
    acts: (line) => line.includes('##vso'),
  },
  {
    // its formatting commands, at the beginning of a line
    runner: 'Azure Pipelines, formatting',
    sample: '##[group]pwned',
    acts: (line) => /##\[/.test(line),
  },
  {
    // GitLab, lib/gitlab/ci/ansi2json/converter.rb
    runner: 'GitLab',
    sample: 'section_start:1560896352:pwned[collapsed=true]\r\x1b[0KHeader',
    acts: (line) => /section_(?:start|end):\d+:/.test(line),
  },
  {
    // https://www.jetbrains.com/help/teamcity/service-messages.html
    runner: 'TeamCity',
    sample: "##teamcity[buildStatus status='SUCCESS' text='pwned']",
    acts: (line) => line.includes('##teamcity['),
  },
  {
    // buildkite/agent, header_times_streamer.go: at the beginning, colours apart
    runner: 'Buildkite',
    sample: '--- pwned',
    acts: (line) => /^(?:---|\+\+\+|~~~)\s(.+)$/.test(bare(line)),
  },
  {
    runner: 'Buildkite, opening the group before',
    sample: '^^^ +++',
    acts: (line) => /^(?:\^\^\^\s+\+\+\+)\s*$/.test(bare(line)),
  },
  {
    // travis-ci/travis-build: folds and their times
    runner: 'Travis',
    sample: 'travis_fold:start:pwned\r\x1b[0K',
    acts: (line) => /travis_(?:fold|time):(?:start|end):/.test(line),
  },
];

/** The lines that a runner would act on; a carriage return begins one, too. */
export const actedOn = (text: string): string[] =>
  text.split(/[\r\n]/).filter((line) => LOG_COMMANDS.some(({ acts }) => acts(line)));
